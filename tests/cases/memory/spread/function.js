return [...Array(1e9).keys()].length;
