export const floor = {
  title: "实时现场",
};
