const double = (n) => { return 2 * n; };
class A { return() { return 1; } }
[call.n].map(function* (n) { return double(n); });
