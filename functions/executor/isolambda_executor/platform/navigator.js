// navigator: where the code runs.
const { defineInterface, illegalConstructor } = need('webidl');

const INTERNAL = { __proto__: null };

class Navigator {
  #brand;

  constructor(key = undefined) {
    if (key !== INTERNAL) illegalConstructor();
  }

  get userAgent() {
    this.#brand; // throws for a foreign `this`
    return 'Isolambda';
  }
}
defineInterface(Navigator);

return { __proto__: null, navigator: new Navigator(INTERNAL) };
