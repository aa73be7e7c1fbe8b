// --- machines: the steps of a letter and of an invitation: from where each may be taken, and to where it leads

const BEFORE_APPROVAL = ["drafting", "in_review", "sign_off"];
const BEFORE_DISPATCH = [...BEFORE_APPROVAL, "approved"];
/** Each step of the letter: from where, and to where it leads. */
const MOVES = new Map([
  ["circulate", [["drafting"], "in_review"]],
  ["open_sign_off", [["drafting", "in_review"], "sign_off"]],
  ["revise", [["in_review", "sign_off", "approved"], "drafting"]],
  ["approve", [["sign_off"], "approved"]],
  ["reopen", [["approved"], "sign_off"]],
  ["dispatch", [["approved"], "sending"]],
  ["confirm", [["sending"], "sent"]],
  ["withdraw", [BEFORE_DISPATCH, "withdrawn"]],
]);

/** The same of an invitation. */
const REACHED = new Map([
  ["sign", [["invited", "to_confirm", "retracted", "declined", "lapsed"], "signed"]],
  ["stay", [["to_confirm"], "signed"]],
  ["restore", [["to_confirm"], "signed"]],
  ["supersede", [["signed"], "to_confirm"]],
  ["reinvite", [["declined", "lapsed", "revoked"], "invited"]],
  ["fulfil", [["invited", "to_confirm", "retracted"], "signed"]],
  ["retract", [["signed"], "retracted"]],
  ["retract_late", [["signed"], "retracted"]],
  ["decline", [["invited", "to_confirm"], "declined"]],
  ["revoke", [["invited", "to_confirm"], "revoked"]],
  ["lapse", [["invited", "to_confirm"], "lapsed"]],
  ["revive", [["lapsed"], "to_confirm"]],
]);
