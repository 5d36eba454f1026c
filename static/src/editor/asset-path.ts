/**
 * Where the editor component finds its fonts. Must run before the component is evaluated: main.tsx imports it first.
 */
declare global {
  interface Window {
    EXCALIDRAW_ASSET_PATH: string;
  }
}

window.EXCALIDRAW_ASSET_PATH = `${import.meta.env.BASE_URL}excalidraw-assets/`;

export {};
