for (const item of call.items) {
  label: switch (item) {
    case 1:
      if (call.b) return await item; else break label;
  }
}
function other() { return 1; }
