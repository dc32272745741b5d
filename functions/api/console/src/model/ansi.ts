// Codes that tell a terminal of colours, links and titles: ECMA-48. A page is none.

const STRING = String.raw`[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)`;
const SEQUENCE = String.raw`\[[0-?]*[ -/]*[@-~]`;
const CODES = new RegExp(String.raw`\u001b(?:${STRING}|${SEQUENCE}|[ -/]+[0-~]|[0-Z\\^-~])`, 'g');

/** Return a text as a terminal shows it, without colours. */
export function withoutCodes(text: string): string {
  return text.replaceAll(CODES, '');
}
