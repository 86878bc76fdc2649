package seal

import (
	"context"
	"errors"
	"time"

	"congminh/internal/kit/db"
)

const peerColumns = `p.id, p.name, p.url, p.log_key, p.witness_key, p.origin, p.owner, p.state, p.asked_by, p.asked_name, p.asked_at, p.agreed_by, p.agreed_name, p.agreed_at,
	p.sent, p.reached_at, p.tried_at, p.trouble, p.alarm, p.alarm_at, p.alarm_text, COALESCE(s.size, -1), s.at`

const fromPeers = ` FROM seal_peer p LEFT JOIN seal_seen s ON s.origin = p.origin AND p.origin <> '' `

func scanPeer(r db.Row) (p Peer, err error) {
	err = r.Scan(&p.ID, &p.Name, &p.URL, &p.LogKey, &p.WitnessKey, &p.Origin, &p.owner, &p.State, &p.AskedBy, &p.AskedName, &p.AskedAt, &p.AgreedBy, &p.AgreedName, &p.AgreedAt,
		&p.Sent, &p.Reached, &p.Tried, &p.Trouble, &p.Alarm, &p.AlarmAt, &p.AlarmText, &p.Seen, &p.SeenAt)
	return
}

// peers returns those that are not gone, in the order they came.
func (s store) peers(ctx context.Context) ([]Peer, error) {
	return db.All(ctx, s.db, scanPeer, `SELECT `+peerColumns+fromPeers+`WHERE p.state <> 'gone' ORDER BY p.id`)
}

func (s store) peer(ctx context.Context, id PeerID) (Peer, error) {
	return db.One(ctx, s.db, scanPeer, `SELECT `+peerColumns+fromPeers+`WHERE p.id = $1 AND p.state <> 'gone'`, id)
}

// journalPeer returns the office whose journal has this name and is witnessed here.
func (s store) journalPeer(ctx context.Context, origin string) (Peer, error) {
	return db.One(ctx, s.db, scanPeer, `SELECT `+peerColumns+fromPeers+`WHERE p.origin = $1 AND p.state IN ('active', 'leaving')`, origin)
}

func (s store) addPeer(ctx context.Context, p Peer) error {
	_, err := s.db.Exec(ctx, `INSERT INTO seal_peer (id, name, url, log_key, witness_key, origin, owner, state, asked_by, asked_name, asked_at, agreed_by, agreed_name, sent, trouble, alarm, alarm_text)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', '', 0, '', '', '')`,
		p.ID, p.Name, p.URL, p.LogKey, p.WitnessKey, p.Origin, p.owner, p.State, p.AskedBy, p.AskedName, p.AskedAt)
	return err
}

// movePeer takes p from its state to another, told by whom; false if it has left it.
func (s store) movePeer(ctx context.Context, p Peer, to PeerState) (bool, error) {
	n, err := s.db.Exec(ctx, `UPDATE seal_peer SET state = $2, asked_by = $3, asked_name = $4, asked_at = $5, agreed_by = $6, agreed_name = $7, agreed_at = $8 WHERE id = $1 AND state = $9`,
		p.ID, to, p.AskedBy, p.AskedName, p.AskedAt, p.AgreedBy, p.AgreedName, p.AgreedAt, p.State)
	return n == 1, err
}

// tried keeps how a try to reach a witness ended.
func (s store) tried(ctx context.Context, id PeerID, at time.Time, trouble string) error {
	_, err := s.db.Exec(ctx, `UPDATE seal_peer SET tried_at = $2, trouble = $3 WHERE id = $1`, id, at, trouble)
	return err
}

func (s store) alarm(ctx context.Context, id PeerID, alarm Alarm, at *time.Time, text string) error {
	_, err := s.db.Exec(ctx, `UPDATE seal_peer SET alarm = $2, alarm_at = $3, alarm_text = $4 WHERE id = $1`, id, alarm, at, text)
	return err
}

// cosigned keeps what a witness signed under the head of this size.
func (s store) cosigned(ctx context.Context, p Peer, size int64, witness, line string, at time.Time) error {
	_, err := s.db.Exec(ctx, `INSERT INTO seal_cosigned (size, witness, line, at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (size, witness) DO UPDATE SET line = excluded.line, at = excluded.at`, size, witness, line, at)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, `UPDATE seal_peer SET sent = $2, reached_at = $3, tried_at = $4, trouble = '' WHERE id = $1`, p.ID, size, at, at)
	return err
}

type cosignature struct {
	size          int64
	witness, line string
	at            time.Time
}

func scanCosignature(r db.Row) (c cosignature, err error) {
	err = r.Scan(&c.size, &c.witness, &c.line, &c.at)
	return
}

// cosignatures returns what witnesses signed under heads from one size to another.
func (s store) cosignatures(ctx context.Context, from, to int64) ([]cosignature, error) {
	return db.All(ctx, s.db, scanCosignature, `SELECT size, witness, line, at FROM seal_cosigned WHERE size BETWEEN $1 AND $2 ORDER BY size DESC, witness`, from, to)
}

// lastCosigned is the size of the last head below a size that a witness signed.
func (s store) lastCosigned(ctx context.Context, below int64) (int64, error) {
	return db.One(ctx, s.db, db.Value[int64], `SELECT size FROM seal_cosigned WHERE size < $1 ORDER BY size DESC LIMIT 1`, below)
}

// sight is the last head of another journal that was seen here.
type sight struct {
	size int64
	note string
}

func (s store) seen(ctx context.Context, origin string) (x sight, err error) {
	x, err = db.One(ctx, s.db, func(r db.Row) (x sight, err error) { err = r.Scan(&x.size, &x.note); return },
		`SELECT size, note FROM seal_seen WHERE origin = $1`, origin)
	if errors.Is(err, db.ErrNone) {
		return sight{}, nil
	}
	return x, err
}

// see keeps a head of another journal in the place of the one of size old; false if
// somebody was faster.
func (s store) see(ctx context.Context, origin, vkey string, old sight, x sight, at time.Time) (bool, error) {
	if old.note == "" {
		n, err := s.db.Exec(ctx, `INSERT INTO seal_seen (origin, vkey, size, note, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (origin) DO NOTHING`, origin, vkey, x.size, x.note, at)
		return n == 1, err
	}
	n, err := s.db.Exec(ctx, `UPDATE seal_seen SET vkey = $2, size = $3, note = $4, at = $5 WHERE origin = $1 AND note = $6`, origin, vkey, x.size, x.note, at, old.note)
	return n == 1, err
}
