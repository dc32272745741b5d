const kept = [];
while (true) kept.push(new Error('x'.repeat(1000) + kept.length).stack);
