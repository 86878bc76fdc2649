package draw

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// cases are n invented cases of some prosecutors, of whom the first has most.
func cases(n, people int) (out []Case) {
	r := rand.New(rand.NewPCG(7, uint64(n)))
	for i := range n {
		who := 0
		if i%2 == 1 {
			who = r.IntN(people)
		}
		out = append(out, Case{ID: fmt.Sprintf("case-%04d", i), Who: fmt.Sprintf("ksv-%d", who)})
	}
	return out
}

func TestShare(t *testing.T) {
	for _, x := range []struct{ percent, min, n, want int }{
		{5, 2, 0, 0}, {5, 2, 1, 1}, {5, 2, 2, 2}, {5, 2, 3, 2}, {5, 2, 40, 2}, {5, 2, 41, 3}, {5, 2, 60, 3}, {5, 2, 61, 4},
		{5, 2, 100, 5}, {5, 2, 101, 6}, {10, 1, 11, 2}, {100, 2, 9, 9}, {0, 2, 9, 2}, {0, 0, 9, 0},
	} {
		if got := (Share{x.percent, x.min}).Of(x.n); got != x.want {
			t.Errorf("%d%%, at least %d, of %d: %d, want %d", x.percent, x.min, x.n, got, x.want)
		}
	}
}

// The same seed and list give the same sample, in whatever order the list comes; every
// prosecutor has their share, of their own cases, none twice.
func TestSample(t *testing.T) {
	share := Share{5, 2}
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 120 {
		list := cases(n*3, 1+n%7)
		seed := fmt.Sprintf("seed-%d", n)
		first := Sample(seed, list, share)
		mixed := append(slices.Clone(list), list[:len(list)/2]...) // some lines twice
		r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if again := Sample(seed, mixed, share); !slices.Equal(first, again) {
			t.Fatalf("%d cases: another order gives another sample\n%v\n%v", len(list), first, again)
		}
		if Digest(list) != Digest(mixed) {
			t.Fatal("another order gives another digest")
		}
		all, got, seen := map[string]int{}, map[string]int{}, map[string]bool{}
		for _, c := range list {
			all[c.Who]++
		}
		for _, p := range first {
			if got[p.Who]++; seen[p.ID] || !slices.Contains(list, p.Case) || p.Order != Order(seed, p.ID) || p.Of != all[p.Who] {
				t.Fatalf("drawn twice, or not of the list: %v", p)
			}
			seen[p.ID] = true
		}
		for who, n := range all {
			if got[who] != share.Of(n) {
				t.Fatalf("%s has %d cases, %d drawn, want %d", who, n, got[who], share.Of(n))
			}
		}
	}
}

// Over many seeds every case is drawn about as often as every other.
func TestUniform(t *testing.T) {
	list := make([]Case, 40)
	for i := range list {
		list[i] = Case{ID: fmt.Sprintf("case-%d", i), Who: "ksv"}
	}
	const seeds = 4000
	times := map[string]int{}
	for s := range seeds {
		for _, p := range Sample(fmt.Sprintf("%d", s), list, Share{10, 2}) { // 4 of 40
			times[p.ID]++
		}
	}
	// Expected 400 times each; chi-square of 39 degrees is below 73 in 999 of 1000.
	chi := 0.0
	for _, c := range list {
		d := float64(times[c.ID]) - seeds/10
		chi += d * d / (seeds / 10)
	}
	if chi > 73 {
		t.Fatalf("chi-square %.1f over 39 degrees of freedom: %v", chi, times)
	}
}

// One more case, or another seed, is another digest, another commitment, another sample.
func TestBinds(t *testing.T) {
	list := cases(200, 4)
	if Commit("a") == Commit("b") || Digest(list) == Digest(list[1:]) {
		t.Fatal("what was published binds nothing")
	}
	if slices.Equal(Sample("a", list, Share{5, 2}), Sample("b", list, Share{5, 2})) {
		t.Fatal("the seed decides nothing")
	}
}

// What docs/formats/draw.md says is what happens: the same draw with the tools of a shell.
func TestByHand(t *testing.T) {
	if _, err := exec.LookPath("sha256sum"); err != nil {
		t.Skip("no sha256sum here")
	}
	list, seed := cases(30, 3), "JBSWY3DPEHPK3PXPJBSWY3DPEH"
	script := `while IFS="$(printf '\t')" read -r who id; do printf '%s %s %s\n' "$who" "$(printf '%s%s' "$SEED" "$id" | sha256sum | cut -d' ' -f1)" "$id"; done |
LC_ALL=C sort | awk '{all[$1]++; line[$1,all[$1]]=$3} END {for (w in all) {n=all[w]; k=int((n*5+99)/100); if (k<2) k=2; if (k>n) k=n; for (i=1;i<=k;i++) print w, line[w,i]}}' | LC_ALL=C sort`
	c := exec.Command("sh", "-c", script)
	c.Env = []string{"SEED=" + seed, "PATH=/usr/bin:/bin"}
	c.Stdin = strings.NewReader(List(list))
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatal(err, string(out))
	}
	var want []string
	for _, p := range Sample(seed, list, Share{5, 2}) {
		want = append(want, p.Who+" "+p.ID)
	}
	slices.Sort(want)
	if got := strings.TrimSpace(string(out)); got != strings.Join(want, "\n") {
		t.Fatalf("by hand\n%s\nby the program\n%s", got, strings.Join(want, "\n"))
	}
}
