package raster

// Specks returns the share of pixels, of every third row, that stand alone: darker or
// brighter by more than 60 than all four neighbours. Print has hardly any (under
// 0.0001), salt-and-pepper noise and dust have many.
func Specks(g *Gray) float64 {
	const limit = 60
	n, hit := 0, 0
	for y := 1; y < g.H-1; y += 3 {
		up, row, low := g.Row(y-1), g.Row(y), g.Row(y+1)
		n += len(row)
		for x := 1; x < len(row)-1; x++ {
			v, l := int(row[x]), int(row[x-1])
			switch {
			case v < l-limit:
				if v < int(row[x+1])-limit && v < int(up[x])-limit && v < int(low[x])-limit {
					hit++
				}
			case v > l+limit:
				if v > int(row[x+1])+limit && v > int(up[x])+limit && v > int(low[x])+limit {
					hit++
				}
			}
		}
	}
	return float64(hit) / float64(max(1, n))
}
