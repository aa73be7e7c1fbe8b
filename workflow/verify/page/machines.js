// --- machines: the steps of a letter and of an invitation, and when what else is recorded may be

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

/** In which states of the letter such entries are made. */
const ONLY_WHILE = new Map([
  ["letter.edited", ["drafting"]],
  ["revision.frozen", ["in_review", "sign_off"]],
  ["invitation.created", [...BEFORE_APPROVAL, "sent"]],
  ["invitation.corrected", BEFORE_APPROVAL],
  ["invitation.removed", BEFORE_APPROVAL],
  ["invitation.sign", ["sign_off", "sent"]],
  ["invitation.retract_late", ["sending", "sent"]],
  ["invitation.stay", ["sign_off"]],
  ["invitation.fulfil", ["sign_off"]],
  ["document.rendered", ["approved"]],
  ...[...MOVES].map(([trigger, [sources]]) => [`letter.${trigger}`, sources]),
]);

const _OTHERS = Object.entries({
  letter: "scheduled held released erased",
  campaign: "terms renamed",
  invitation: "contact second_contact handed_over placed verdict deadline reminders reader four_eyes",
  contact: "added corrected removed disputed",
  reader: "added ended",
  link: "replaced",
  code: "sent",
  time: "asked granted declined",
  comment: "added answered",
  suggestion: "added accepted dismissed",
  condition: "agreed ended",
  proposal: "made refused ended",
  call: "opened closed",
  join: "confirmed accepted refused expired",
  deadline: "extended came",
  reminders: "sent",
  delivery: "claim hand_over defer reject lose requeue bounce unbounce cancel",
  mail: "received",
  address: "blocked freed",
  letterhead: "added",
  paper: "chosen",
  organisation: "logo",
  signoff: "image",
  office: "covered replied reply_told unanswered",
  addendum: "asked made sent delivered",
  withdrawal: "passed_on",
  names: "asked",
  member: "added removed",
  auditor_link: "made revoked",
  auditor: "opened",
  history: "exported",
  key: "changed",
  secret: "changed",
  note: "added",
  clock: "jumped",
  person: "erased",
});
/** Actions that tell no more of who signed, what was printed and what was sent than that a step was taken, if any. */
const PASSED_OVER = new Set([
  ...[...MOVES.keys()].map((trigger) => `letter.${trigger}`),
  ...[...REACHED.keys()].map((trigger) => `invitation.${trigger}`),
  ..._OTHERS.flatMap(([thing, done]) => done.split(" ").map((what) => `${thing}.${what}`)),
]);
