return {toJSON() { while (true); }};
