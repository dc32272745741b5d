return Promise.resolve({settled: true});
