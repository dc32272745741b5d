return {get a() { return 'x'.repeat(2 ** 30); }};
