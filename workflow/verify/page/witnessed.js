// --- witnessed: what others have said of a head: witnesses (c2sp.org/tlog-cosignature, Ed25519), time stamps (RFC 3161)

const [SIGNED_DATA, TIME_STAMP] = ["1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"];
const [CONTENT_TYPE, MESSAGE_DIGEST] = ["1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"];
/** The year 3000, in seconds since 1970. */
const LATEST = 32503680000n;

/**
 * Return who of these witnesses has signed a head (`by`, `at`), each once; signatures of others are passed over.
 *
 * A signature of theirs that does not hold throws VerificationError; a key that is none, InputError.
 */
function check_cosignatures(note, vkeys, is_signed) {
  const signatures = open_note(note);
  const found = new Map();
  for (const key of vkeys.map((vkey) => read_key(vkey, WITNESS_KEY))) {
    let first = null;
    for (const mark of signatures.of(key)) {
      const moment = from_big(mark.subarray(0, 8));
      const told = utf8_of(`cosignature/v1\ntime ${moment}\n${signatures.content}\n`);
      if (mark.length !== 72 || moment >= 1n << 63n || !is_signed(key.public_half, mark.subarray(8), told)) {
        throw new VerificationError(`the signature of the witness ${key.name} does not hold`);
      }
      if (first === null || moment < first) first = moment;
    }
    if (first !== null) found.set(`${key.said} ${hex(key.public_half)}`, { by: key.name, at: _moment(first) });
  }
  return [...found.values()];
}

function _moment(seconds) {
  if (seconds > LATEST) throw new VerificationError("a witness names a time that is not of this millennium");
  return new Date(Number(seconds) * 1000).toISOString().replace(/\.000Z$/, "Z");
}

/**
 * Read a time stamp (a TimeStampResp) of a head, given the three lines that are signed: `at` when, `by` whom as it says
 * itself, `is_checked` and `how_checked` what was made of its signature.
 *
 * With certificates that one trusts (DER: the server's own, or one that leads to it) its signature is checked too.
 * Throws VerificationError for a stamp of something else, or whose signature does not hold.
 */
function check_timestamp(der, text, certificates = []) {
  try {
    return _check_timestamp(der, text, certificates);
  } catch (fault) {
    if (!(fault instanceof DerError)) throw fault;
    throw new VerificationError("it is not a time stamp (RFC 3161): its bytes are cut off, or changed");
  }
}

function _check_timestamp(der, text, certificates) {
  const responses = der_values(der);
  if (responses.length !== 1) throw new DerError("more than one value");
  const [response] = responses;
  if (from_big(response.at(0).at(0).content) > 1n) {
    throw new VerificationError("the time-stamp server refused to stamp it");
  }
  const token = response.at(1);
  const parts = der_values(token.at(1).at(0).content);
  if (parts.length < 4) throw new DerError("a part is missing");
  const [held, others, signers] = [parts[2], parts.slice(3, -1), parts[parts.length - 1]];
  if (token.at(0).oid !== SIGNED_DATA || held.at(0).oid !== TIME_STAMP) {
    throw new VerificationError("it is signed, but is no time stamp");
  }
  const stamped = held.at(1).at(0).content;
  const told = der_values(first_value(stamped).content);
  if (told.length < 5) throw new DerError("a part is missing");
  const [imprint, moment] = [told[2], told[4]];
  const made_by = SHA.get(imprint.at(0).at(0).oid);
  if (made_by === undefined || !same_bytes(imprint.at(1).content, digest_of(made_by, text))) {
    throw new VerificationError("it is the time stamp of something else");
  }
  const at = der_time(moment);
  const given = certificates.map((one) => Certified.read(one));
  const all = der_values(signers.content);
  if (all.length !== 1) throw new DerError("more than one signer");
  const [signer] = all;
  const inside = others
    .filter((two) => two.tag === 0xa0)
    .flatMap((two) => der_values(two.content))
    .map((one) => Certified.read(one.whole));
  const own = [...given, ...inside].find((one) => _is_of(signer, one)) ?? null;
  const by = own ? own.name : "a server whose certificate is not here";
  let said_of_it;
  if (!given.length) {
    said_of_it = "its signature was not checked: give the certificate of that server (--tsa-cert)";
  } else if (own === null) {
    said_of_it = "its signature was not checked: the certificate of that server is neither in it nor given";
  } else said_of_it = _check_signature(signer, stamped, own, given, inside, at);
  const date = at.replace(/^(....)(..)(..)(..)(..)(..)$/, "$1-$2-$3T$4:$5:$6Z");
  const how_checked = said_of_it || "its signature holds, and leads to a certificate that was given";
  return { at: date, by, is_checked: !said_of_it, how_checked };
}

/** Whether the one who signed says to be whoever has this certificate, by its issuer and its number. */
function _is_of(signer, certificate) {
  const names_of_it = der_values(signer.at(1).content);
  if (!names_of_it.length || !same_bytes(names_of_it[0].whole, certificate.issuer)) return false;
  return same_bytes(names_of_it[names_of_it.length - 1].content, certificate.serial);
}

/** Check the signature over a stamp, and that of each certificate up to one that was given; says what it cannot. */
function _check_signature(signer, stamped, own, given, inside, at) {
  const parts = der_values(signer.content);
  if (parts.length < 6) throw new DerError("a part is missing");
  const [digest, signed, algorithm, signature] = parts.slice(2, 6);
  const told = new Map(der_values(signed.content).map((one) => [one.at(0).oid, one.at(1).at(0)]));
  const name = SHA.get(digest.at(0).oid);
  const part = (oid) => {
    if (!told.has(oid)) throw new DerError("a part is missing");
    return told.get(oid);
  };
  if (signed.tag !== 0xa0 || part(CONTENT_TYPE).oid !== TIME_STAMP || name === undefined) {
    throw new VerificationError("its signature is not one of a time stamp");
  }
  if (!same_bytes(part(MESSAGE_DIGEST).content, digest_of(name, stamped))) {
    throw new VerificationError("it was changed: its signature is of another one");
  }
  const said_kind = algorithm.at(0).oid;
  const kind = said_kind === RSA ? [...RSA_WITH].find(([, by]) => by === name)[0] : said_kind;
  try {
    const whole = joined_bytes(Uint8Array.of(0x31), signed.whole.subarray(1));
    if (!holds(own.key, kind, signature.content, whole)) {
      throw new VerificationError("its signature does not hold: it was changed, or its server did not sign it");
    }
    if (!own.may_stamp || !leads(own, given, inside, at)) {
      throw new VerificationError("its server is none that you trust: no certificate leads to one that was given");
    }
  } catch (fault) {
    if (fault instanceof NotCheckedError) return fault.message;
    throw fault;
  }
  return "";
}
