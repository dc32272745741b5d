return '\n{"outcome":"ok"}\n' + String.fromCharCode(0);
