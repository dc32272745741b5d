const first = new Promise((resolve) => { setTimeout(() => resolve(second.then(() => 1)), 1); });
const second = new Promise((resolve) => { setTimeout(() => resolve(first), 1); });
return first;
