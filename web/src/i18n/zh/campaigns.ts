export const campaigns = {
  title: "营销活动",
};
