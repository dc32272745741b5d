// Inputs to run a function with, kept in this browser. They are what an author typed, and never a key.

export interface SavedInput {
  readonly name: string;
  readonly text: string;
}

const PREFIX = 'isolambda.inputs.';
const INPUTS = 20;
const CHARACTERS = 65_536;

export function savedInputs(functionId: string): readonly SavedInput[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(PREFIX + functionId) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isInput) : [];
  } catch {
    return [];
  }
}

/** Keep an input under its name, the latest first; throws a sentence where it cannot be kept. */
export function saveInput(functionId: string, input: SavedInput): readonly SavedInput[] {
  if (input.text.length > CHARACTERS) throw new Error(`An input of more than ${CHARACTERS} characters is not kept.`);
  const others = savedInputs(functionId).filter(({ name }) => name !== input.name);
  return store(functionId, [input, ...others].slice(0, INPUTS));
}

export function forgetInput(functionId: string, name: string): readonly SavedInput[] {
  return store(functionId, savedInputs(functionId).filter((each) => each.name !== name));
}

function store(functionId: string, inputs: readonly SavedInput[]): readonly SavedInput[] {
  try {
    if (inputs.length === 0) localStorage.removeItem(PREFIX + functionId);
    else localStorage.setItem(PREFIX + functionId, JSON.stringify(inputs));
  } catch {
    throw new Error('This browser keeps nothing more for the page.');
  }
  return inputs;
}

function isInput(value: unknown): value is SavedInput {
  const { name, text } = (value ?? {}) as Partial<SavedInput>;
  return typeof name === 'string' && typeof text === 'string';
}
