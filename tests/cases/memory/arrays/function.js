const kept = [];
while (true) kept.push(new Array(100).fill(0));
