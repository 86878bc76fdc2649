package paper

// distance is the number of letters to change, add or drop to make a of b, or
// limit+1 if it is more than limit.
func distance(a, b []rune, limit int) int {
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diag, least := row[0], i+1
		row[0] = i + 1
		for j := range b {
			cost := diag
			if a[i] != b[j] {
				cost = 1 + min(diag, row[j], row[j+1])
			}
			diag, row[j+1] = row[j+1], cost
			least = min(least, cost)
		}
		if least > limit {
			return limit + 1
		}
	}
	return row[len(b)]
}

// prefix is the smallest distance of a to any beginning of b, and how long that
// beginning is; or limit+1.
func prefix(a, b []rune, limit int) (d, n int) {
	if len(b) > len(a)+limit {
		b = b[:len(a)+limit]
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diag, least := row[0], i+1
		row[0] = i + 1
		for j := range b {
			cost := diag
			if a[i] != b[j] {
				cost = 1 + min(diag, row[j], row[j+1])
			}
			diag, row[j+1] = row[j+1], cost
			least = min(least, cost)
		}
		if least > limit {
			return limit + 1, 0
		}
	}
	d = limit + 1
	for j, v := range row {
		// Of equals the longest, so that the last letter is not left over.
		if v < d || v == d && j <= len(a) {
			d, n = v, j
		}
	}
	return d, n
}

// within finds a somewhere in b with at most limit changes: where it begins, or -1.
func within(a, b []rune, limit int) int {
	// row[j] is the cost of matching what was seen of a, ending at j; from[j] is
	// where that match began.
	row, from := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range from {
		from[j] = j
	}
	for i := range a {
		diag, diagFrom := row[0], from[0]
		row[0] = i + 1
		for j := range b {
			cost, f := diag, diagFrom
			if a[i] != b[j] {
				cost++
				if row[j+1]+1 < cost {
					cost, f = row[j+1]+1, from[j+1]
				}
				if row[j]+1 < cost {
					cost, f = row[j]+1, from[j]
				}
			}
			diag, diagFrom = row[j+1], from[j+1]
			row[j+1], from[j+1] = cost, f
		}
	}
	best, at := limit+1, -1
	for j, v := range row {
		if v < best {
			best, at = v, from[j]
		}
	}
	return at
}

// like reports whether two folded words are the same but for a misread letter.
func like(a, b string) bool {
	if a == b {
		return true
	}
	switch {
	case len(b) <= 2:
		return false
	case len(b) <= 5:
		return distance([]rune(a), []rune(b), 1) <= 1
	}
	return distance([]rune(a), []rune(b), 2) <= 2
}
