return 1;
//# sourceURL=other.js
