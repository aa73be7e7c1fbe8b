// --- tree: the Merkle tree over the entries (RFC 6962, 2.1)

/** Return the hash of an entry as a leaf. */
function leaf_hash(entry) {
  return sha256(joined_bytes(Uint8Array.of(0), entry));
}

function _node(left, right) {
  return sha256(joined_bytes(Uint8Array.of(1), left, right));
}

/** Return the root of the first n entries, for every n that is asked for and reached. */
function roots(entries, sizes) {
  const subtrees = [];
  const found = new Map([[0, sha256(new Uint8Array())]]);
  let index = 0;
  for (const entry of entries) {
    let node = leaf_hash(entry);
    for (let full = index; full % 2; full = (full - 1) / 2) node = _node(subtrees.pop(), node);
    subtrees.push(node);
    index++;
    if (sizes.has(index)) found.set(index, subtrees.reduceRight((right, left) => _node(left, right)));
  }
  return found;
}

/** Whether the path leads from the leaf at this index to the root of a log of this size. */
function is_included(index, size, leaf, path, root) {
  [index, size] = [BigInt(index), BigInt(size)];
  if (index < 0n || index >= size) return false;
  const inner = index === size - 1n ? 0 : (index ^ (size - 1n)).toString(2).length;
  const above = count_of((index >> BigInt(inner)).toString(2), "1");
  if (path.length !== inner + above) return false;
  let node = leaf;
  path.forEach((sibling, level) => {
    const right = level >= inner || (index >> BigInt(level)) & 1n;
    node = right ? _node(sibling, node) : _node(node, sibling);
  });
  return same_bytes(node, root) && [leaf, root, ...path].every((value) => value.length === 32);
}

/** Whether the path leads from the root of a log's first `old` entries to that of its `size` (RFC 9162, 2.1.4.2). */
function is_continued(old, old_root, size, root, path) {
  if (!(0 < old && old < size)) return false;
  let [last, left] = [BigInt(size) - 1n, BigInt(old) - 1n];
  const rest = [...path];
  while (left & 1n) [left, last] = [left >> 1n, last >> 1n];
  let before = old_root;
  if (left) {
    if (!rest.length) return false;
    before = rest.shift();
  }
  let after = before;
  for (const sibling of rest) {
    if (!last) return false;
    if (left & 1n || left === last) {
      [before, after] = [_node(sibling, before), _node(sibling, after)];
      while (!(left & 1n) && left) [left, last] = [left >> 1n, last >> 1n];
    } else after = _node(after, sibling);
    [left, last] = [left >> 1n, last >> 1n];
  }
  const led = !last && same_bytes(before, old_root) && same_bytes(after, root);
  return led && [old_root, root, ...path].every((one) => one.length === 32);
}
