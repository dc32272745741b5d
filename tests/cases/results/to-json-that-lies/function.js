return {toJSON: () => ({mine: true})};
