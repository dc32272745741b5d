return {then() {}};
