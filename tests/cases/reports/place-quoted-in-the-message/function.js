const a = 1;

throw new Error('see function.js:99:7 of the old version');
