import "./asset-path";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Excalidraw } from "@excalidraw/excalidraw";
import "@excalidraw/excalidraw/index.css";

const host = document.getElementById("editor");
if (host) {
  createRoot(host).render(
    <StrictMode>
      <Excalidraw />
    </StrictMode>,
  );
}
