// In the place of `WeakRef` and `FinalizationRegistry`, which an isolate has by a feature alone. An isolate ends soon
// after its tests, so mocks may be kept until then.
export class HeldRef {
  #held;

  constructor(held) {
    this.#held = held;
  }

  deref() {
    return this.#held;
  }
}

export class FinalizationRegistry {
  register() {}
}
