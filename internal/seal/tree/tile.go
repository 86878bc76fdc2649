package tree

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// TileWidth is how many hashes, or entries, a full tile has (C2SP tlog-tiles).
const TileWidth = 1 << tileHeight

const (
	tileHeight = 8
	entries    = -1 // the level of tiles that hold entries
)

var errTile = errors.New("tree: not the path of a tile")

// Tile is a file the journal is served as: hashes of a level, or entries.
type Tile struct{ t tlog.Tile }

// Entries reports whether the tile holds entries, not hashes, and of which places.
func (t Tile) Entries() (from, to int64, ok bool) {
	from = t.t.N * TileWidth
	return from, from + int64(t.t.W), t.t.L == entries
}

// Path is where the tile is served: tile/L/N, tile/entries/N, with .p/W when it is
// not full.
func (t Tile) Path() string {
	p := strings.TrimPrefix(t.t.Path(), "tile/8/")
	if rest, ok := strings.CutPrefix(p, "data/"); ok {
		p = "entries/" + rest
	}
	return "tile/" + p
}

// ParseTile reads a path, and refuses what Path does not write.
func ParseTile(path string) (Tile, error) {
	rest, ok := strings.CutPrefix(path, "tile/")
	level, place, also := strings.Cut(rest, "/")
	if !ok || !also {
		return Tile{}, errTile
	}
	if level == "entries" {
		level = "data"
	} else if l, err := strconv.Atoi(level); err != nil || l < 0 || l > 63 {
		return Tile{}, errTile
	}
	tt, err := tlog.ParseTilePath("tile/8/" + level + "/" + place)
	if t := (Tile{tt}); err == nil && t.Path() == path {
		return t, nil
	}
	return Tile{}, errTile
}

// In reports whether a journal of size entries has the tile.
func (t Tile) In(size int64) bool {
	if t.t.L > 0 {
		size >>= uint(t.t.L * tileHeight)
	}
	return t.t.N <= size/TileWidth && t.t.N*TileWidth+int64(t.t.W) <= size
}

// Hashes returns the bytes of a tile of hashes.
func (t Tile) Hashes(kept Hashes) ([]byte, error) {
	if t.t.L == entries {
		return nil, fmt.Errorf("tree: %s holds entries", t.Path())
	}
	return tlog.ReadTileData(t.t, kept)
}

// MaxEntry is the most bytes an entry may have to be served in a bundle.
const MaxEntry = math.MaxUint16

// Bundle is the bytes of a tile of entries: each after its length in two bytes.
func Bundle(es [][]byte) (out []byte, err error) {
	for i, e := range es {
		if len(e) > MaxEntry {
			return nil, fmt.Errorf("tree: entry %d of the bundle has %d bytes, more than %d", i, len(e), MaxEntry)
		}
		out = append(binary.BigEndian.AppendUint16(out, uint16(len(e))), e...)
	}
	return out, nil
}

// ParseBundle reads what Bundle writes.
func ParseBundle(b []byte) (es [][]byte, err error) {
	for len(b) > 0 {
		if len(b) < 2 || len(b) < 2+int(binary.BigEndian.Uint16(b)) || len(es) == TileWidth {
			return nil, errors.New("tree: the bundle of entries ends too early or holds too many")
		}
		n := 2 + int(binary.BigEndian.Uint16(b))
		es, b = append(es, b[2:n]), b[n:]
	}
	return es, nil
}
