try {
  JSON.parse("{oops");
} catch (error) {
  throw new Error("settings unreadable", {cause: error});
}
