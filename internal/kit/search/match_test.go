package search

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// show writes words with what was matched in brackets, [exact] or (not).
func show(words []string, spans []Span) string {
	words = append([]string{}, words...)
	for _, s := range spans {
		open, shut := "(", ")"
		if s.Exact {
			open, shut = "[", "]"
		}
		words[s.From] = open + words[s.From]
		words[s.To-1] += shut
	}
	return strings.Join(words, " ")
}

func TestMatch(t *testing.T) {
	const page = "Quyết định gia hạn tạm giữ, số 12/QĐ-VKS của Viện; TAM GIU của Hoà"
	for q, want := range map[string]string{
		"tạm giữ":          "Quyết định gia hạn [tạm giữ,] số 12/QĐ-VKS của Viện; (TAM GIU) của Hoà",
		"tam giu":          "Quyết định gia hạn [tạm giữ,] số 12/QĐ-VKS của Viện; [TAM GIU] của Hoà",
		`"gia hạn tạm"`:    "Quyết định [gia hạn tạm] giữ, số 12/QĐ-VKS của Viện; TAM GIU của Hoà",
		"12/qđ":            "Quyết định gia hạn tạm giữ, số [12/QĐ-VKS] của Viện; TAM GIU của Hoà",
		"số 12/QĐ-VKS":     "Quyết định gia hạn tạm giữ, [số 12/QĐ-VKS] của Viện; TAM GIU của Hoà",
		"hòa":              "Quyết định gia hạn tạm giữ, số 12/QĐ-VKS của Viện; TAM GIU của [Hoà]",
		"hóa":              "Quyết định gia hạn tạm giữ, số 12/QĐ-VKS của Viện; TAM GIU của (Hoà)",
		"của viện":         "Quyết định gia hạn tạm giữ, số 12/QĐ-VKS [của Viện;] TAM GIU của Hoà",
		"viện của":         "Quyết định gia hạn tạm giữ, số 12/QĐ-VKS [của] [Viện;] TAM GIU [của] Hoà",
		"qu* -tạm":         "[Quyết] định gia hạn tạm giữ, số 12/QĐ-VKS của Viện; TAM GIU của Hoà",
		`"tạm gi*" gia`:    "Quyết định [gia] hạn [tạm giữ,] số 12/QĐ-VKS của Viện; (TAM GIU) của Hoà",
		"giữ định gia hạn": "Quyết [định gia hạn] tạm [giữ,] số 12/QĐ-VKS của Viện; TAM (GIU) của Hoà",
		"không có":         page,
		"":                 page,
	} {
		words := strings.Fields(page)
		if got := show(words, Match(Parse(q), words)); got != want {
			t.Errorf("%q:\n got %s\nwant %s", q, got, want)
		}
	}
}

func TestSnippet(t *testing.T) {
	words := strings.Fields("a b tạm c d e f g h i j k l tạm giữ m n o p q r s t u v w x y z")
	for _, tt := range []struct {
		q    string
		n    int
		want string
	}{
		{"tạm giữ", 6, "12+l [tạm giữ] m n o…"},
		{"giữ tạm", 6, "12+l [tạm] [giữ] m n o…"},
		{"z", 4, "25+w x y [z]"},
		{"a", 4, "0+[a] b tạm c…"},
		{"không", 3, "0+a b tạm…"},
		{"tạm", 100, "0+" + show(words, []Span{{2, 3, true}, {13, 14, true}})},
		{`"k l tạm giữ m"`, 2, "11+[k l]…"},
	} {
		x := Snippet(Parse(tt.q), words, tt.n)
		got := fmt.Sprintf("%d+%s", x.From, show(x.Words, x.Spans))
		if x.More {
			got += "…"
		}
		if got != tt.want {
			t.Errorf("%q in %d words: got %s, want %s", tt.q, tt.n, got, tt.want)
		}
	}
	if x := Snippet(Parse("a"), nil, 10); len(x.Words) != 0 || x.More {
		t.Errorf("of nothing: got %v", x)
	}
}

// What Find finds, Match can show; spans are in order, apart, and inside the page.
func TestMatchShowsHits(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	shown := 0
	for range 20000 {
		q := randomQuery(r)
		words := pick(r, someWords, 1+r.IntN(30))
		p := Parse(q.Text)
		spans, last := Match(p, words), 0
		for _, s := range spans {
			if s.From < last || s.To <= s.From || s.To > len(words) {
				t.Fatalf("%q on %q: %v", q.Text, words, spans)
			}
			last = s.To
		}
		o := oracle{[]Doc{{"k", strings.Join(words, " "), q.Scope}}}
		q.Must = nil
		positive := false
		for _, c := range p.Clauses {
			positive = positive || !c.Not
		}
		if len(o.find(q)) > 0 && positive {
			shown++
			if len(spans) == 0 {
				t.Fatalf("%q finds %q but nothing is shown", q.Text, words)
			}
		}
		if x := Snippet(p, words, 1+r.IntN(10)); len(spans) > 0 && len(x.Spans) == 0 {
			t.Fatalf("%q on %q: an excerpt without a hit", q.Text, words)
		}
	}
	if shown < 1000 {
		t.Errorf("only %d hits shown", shown)
	}
}
