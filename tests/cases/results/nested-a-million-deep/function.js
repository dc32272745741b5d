let deep = [];
for (let i = 0; i < 1e6; i++) deep = [deep];
return {made: JSON.stringify([deep]) ? 1 : 0};
