return {get a() { return this.a; }};
