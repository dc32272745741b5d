throw {name: 'Custom', message: 'mine'};
