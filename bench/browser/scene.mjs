// What the canvases hold: boxes, ellipses, labels and strokes as people mix them, on a grid as wide as it is high.
const COLOURS = ["#a5d8ff", "#b2f2bb", "#ffec99", "#ffc9c9", "transparent"];
const LOOK = { strokeColor: "#1e1e1e", strokeWidth: 2, strokeStyle: "solid", roughness: 1, opacity: 100 };
const CELL = { width: 160, height: 110 };

export function scene(count) {
  const columns = Math.ceil(Math.sqrt(count));
  return Array.from({ length: count }, (_, place) => {
    const position = { x: (place % columns) * CELL.width, y: Math.floor(place / columns) * CELL.height };
    return { op: "create", id: `e${place}`, position, ...kind(place) };
  });
}

function kind(place) {
  const fill = { backgroundColor: COLOURS[place % COLOURS.length], fillStyle: place % 3 ? "solid" : "hachure" };
  const look = { ...LOOK, ...fill, seed: place + 1 };
  const shape = (type) => ({ type, dimensions: { width: 120, height: 70 }, properties: look });
  switch (place % 10) {
    case 3:
    case 7:
      return shape("ellipse");
    case 5:
      return {
        type: "text",
        dimensions: { width: 118, height: 25 },
        properties: { ...look, text: `Note ${place}`, fontSize: 20, fontFamily: 5 },
      };
    case 9: {
      const points = Array.from({ length: 24 }, (_, i) => [i * 5, 20 + 18 * Math.sin(i / 2 + place)]);
      const properties = { ...look, points, pressures: [], simulatePressure: true };
      return { type: "freedraw", dimensions: { width: 115, height: 40 }, properties };
    }
    default:
      return shape("rectangle");
  }
}
