// performance (High Resolution Time), whose clock ticks once a millisecond: a finer one would help code to read what
// is not its own from the time that the processor takes.
const { defineInterface, illegalConstructor } = need('webidl');
const { EventTarget, elapsed, timeOrigin } = need('events');

const INTERNAL = { __proto__: null };

class Performance extends EventTarget {
  #brand;

  constructor(key = undefined) {
    if (key !== INTERNAL) illegalConstructor();
    super();
  }

  now() {
    this.#brand; // throws for a foreign `this`
    return elapsed();
  }
  get timeOrigin() {
    this.#brand;
    return timeOrigin();
  }
  toJSON() {
    this.#brand;
    return { timeOrigin: timeOrigin() };
  }
}
defineInterface(Performance);

return { __proto__: null, Performance, performance: new Performance(INTERNAL) };
