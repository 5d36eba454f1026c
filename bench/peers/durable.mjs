import { adapter } from "./canvas.mjs";

export const { setup, connect } = adapter({ previews: false });
