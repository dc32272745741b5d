return {toJSON() { throw new RangeError('no'); }};
