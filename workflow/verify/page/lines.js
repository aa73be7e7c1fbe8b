// --- lines: the lines of a text in Markdown, with what of each belongs to the block that is being read

/** The lines of a text with their indents: what of a line belongs to the block that is being read. */
class Lines {
  constructor(source, begins, shifts, counts, before) {
    Object.assign(this, { source, begins, shifts, counts, before });
  }

  /** A line from its first letter on. */
  text(line) {
    return this.source[line].slice(this.begins[line] + this.shifts[line]);
  }

  /** Whether nothing of a line is left; so is every line after the last. */
  is_empty(line) {
    return line >= this.source.length || this.begins[line] + this.shifts[line] >= this.source[line].length;
  }

  /** What a block may change of a line, to be put back. */
  saved(line) {
    return [this.begins[line], this.shifts[line], this.counts[line], this.before[line]];
  }

  /** Put a line back as it was. */
  restore(line, saved) {
    [this.begins[line], this.shifts[line], this.counts[line], this.before[line]] = saved;
  }
}

/** Take a text apart into its lines. */
function split_lines(text) {
  const source = text.split("\n");
  if (!strip(source[source.length - 1], " \t")) source.pop();
  const shifts = source.map((line) => line.length - lstrip(line, " \t").length);
  const counts = source.map((line, number) => columns_of(line.slice(0, shifts[number]), 0));
  return new Lines(source, source.map(() => 0), shifts, counts, source.map(() => 0));
}

/** The columns that blanks reach from an offset, tabs expanded. */
function columns_of(blanks, offset) {
  for (const blank of blanks) offset += blank === "\t" ? 4 - (offset % 4) : 1;
  return offset;
}
