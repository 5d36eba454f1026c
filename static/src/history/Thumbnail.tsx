import { useState } from "react";
import { thumbnailUrl } from "./rest";

interface Props {
  canvas: string;
  seq: number;
  dark: boolean;
  size: "small" | "large";
}

/** The canvas as it was, drawn by the server when it comes into view; its place is kept while it loads, and when it cannot. */
export function Thumbnail({ canvas, seq, dark, size }: Props) {
  const url = thumbnailUrl(canvas, seq, dark);
  const [broken, setBroken] = useState("");
  const [width, height] = size === "small" ? [64, 40] : [104, 66];
  return (
    <span className="moment-picture" data-size={size} aria-hidden="true">
      {broken !== url && (
        <img
          src={url}
          width={width}
          height={height}
          alt=""
          loading="lazy"
          decoding="async"
          onError={() => setBroken(url)}
        />
      )}
    </span>
  );
}
