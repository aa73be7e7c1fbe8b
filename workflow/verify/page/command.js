// --- command: what the command line of verify.py does, for a page

/**
 * Check what was given and return how it ended, as verify.py says it: its text and its exit status.
 *
 * `evidence` is a zip or not-in-letter.json (`[name, bytes]`), or the files of an unpacked folder by their names (a map).
 */
function check(evidence, given = {}) {
  try {
    const alone = Array.isArray(evidence) && evidence[0].endsWith(".json") ? evidence[1] : new Uint8Array();
    let report;
    if (is_one_name(alone)) {
      report = check_one_name(alone, given.vkeys ?? [], given.signed_by ?? is_signed, given.letter ?? null);
    } else {
      const certificates = (given.certificates ?? []).flatMap(read_certificates);
      report = verify(Array.isArray(evidence) ? read_evidence(...evidence) : evidence, { ...given, certificates });
    }
    return { text: report.to_text(), status: report.exit_code, verdict: report.verdict, report };
  } catch (error) {
    const sentence = error instanceof InputError ? error.message : `this verifier failed on what it was given (${error})`;
    const asked = error instanceof InputError ? "" : ". Please tell the project.";
    return { text: `UNUSABLE: ${shown(sentence)}${asked}\n`, status: UNUSABLE, verdict: "UNUSABLE", report: null };
  }
}
