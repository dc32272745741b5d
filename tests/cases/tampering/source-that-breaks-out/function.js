}}); globalThis.escaped = true; (function () {{
