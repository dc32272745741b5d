await null;
const a = "}"; // }
}
const b = 2;
