package keys

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"runtime"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"

	"congminh/internal/kit/fault"
)

// What binds this engine to a vendor's library, without cgo. All of it runs in a
// child process, on one thread: a library may crash, hang or print as it likes.

// ulong is CK_ULONG, an unsigned long. Structures are laid out as C does on Unix.
type ulong = uint

// Places of functions in CK_FUNCTION_LIST (PKCS#11 v2.40, 5; the same since v2.0).
const (
	fnInitialize        = 0
	fnGetSlotList       = 4
	fnGetTokenInfo      = 6
	fnOpenSession       = 12
	fnCloseSession      = 13
	fnLogin             = 18
	fnGetAttributeValue = 24
	fnFindObjectsInit   = 26
	fnFindObjects       = 27
	fnFindObjectsFinal  = 28
	fnSignInit          = 42
	fnSign              = 43
)

// Return values, attributes, classes, mechanisms and flags that are named here.
const (
	ckOK, ckNoSlot                                              = 0, 0x03
	ckDeviceError, ckDeviceRemoved                              = 0x30, 0x32
	ckPINIncorrect, ckPINInvalid, ckPINLength, ckPINExpired     = 0xa0, 0xa1, 0xa2, 0xa3
	ckPINLocked, ckSessionClosed, ckSessionInvalid              = 0xa4, 0xb0, 0xb3
	ckTokenNotPresent, ckTokenNotRecognised                     = 0xe0, 0xe1
	ckAlreadyLoggedIn, ckNotLoggedIn, ckAlreadyInitialised      = 0x100, 0x101, 0x191
	ckaClass, ckaLabel, ckaValue, ckaID, ckaAlwaysAuthenticate  = 0x00, 0x03, 0x11, 0x102, 0x202
	ckoCertificate, ckoPrivateKey                               = 1, 3
	ckuUser, ckuContext                                         = 1, 2
	ckmRSA, ckmECDSA                                            = 0x01, 0x1041
	ckfSerialSession                                            = 4
	ckfLoginRequired, ckfPINFinalTry, ckfPINLocked, ckfTokenSet = 0x04, 0x20000, 0x40000, 0x400
)

type functionList struct {
	version [2]byte
	fn      [68]uintptr
}

type attribute struct {
	kind  ulong
	value unsafe.Pointer
	size  ulong
}

type mechanism struct {
	kind      ulong
	parameter unsafe.Pointer
	size      ulong
}

type tokenInfo struct {
	label, maker  [32]byte
	model, serial [16]byte
	flags         ulong
	_             [10]ulong
	_             [4]byte
	_             [16]byte
}

// cryptoki is a library that is loaded.
type cryptoki struct {
	list  *functionList
	seats map[string]*seat // by token
}

// seat is a session with a token.
type seat struct {
	session  ulong
	flags    ulong
	loggedIn bool
}

func loadCryptoki(path string) (*cryptoki, error) {
	lib, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLibrary, err)
	}
	get, err := purego.Dlsym(lib, "C_GetFunctionList")
	if err != nil {
		return nil, fmt.Errorf("%s is no PKCS#11 library: %w", path, ErrLibrary)
	}
	c := &cryptoki{seats: map[string]*seat{}}
	if rv, _, _ := purego.SyscallN(get, uintptr(unsafe.Pointer(&c.list))); rv != ckOK || c.list == nil {
		return nil, fmt.Errorf("%s: C_GetFunctionList: %#x: %w", path, rv, ErrLibrary)
	}
	if err := c.call("C_Initialize", fnInitialize, 0); err != nil && rvOf(err) != ckAlreadyInitialised {
		return nil, fmt.Errorf("%s: %w: %w", path, ErrLibrary, err)
	}
	return c, nil
}

// returned is a CK_RV that is not OK.
type returned struct {
	function string
	rv       uintptr
}

func (r *returned) Error() string { return fmt.Sprintf("%s: CK_RV %#x", r.function, r.rv) }

// Unwrap gives the refusal a return value means.
func (r *returned) Unwrap() error {
	switch r.rv {
	case ckPINIncorrect, ckPINInvalid, ckPINLength, ckPINExpired:
		return ErrPIN
	case ckPINLocked:
		return ErrLocked
	case ckNoSlot, ckDeviceRemoved, ckTokenNotPresent, ckTokenNotRecognised:
		return ErrToken
	}
	return ErrSigner
}

func rvOf(err error) uintptr {
	if r, ok := err.(*returned); ok {
		return r.rv
	}
	return ckOK
}

func (c *cryptoki) call(name string, fn int, args ...uintptr) error {
	if rv, _, _ := purego.SyscallN(c.list.fn[fn], args...); rv != ckOK {
		return &returned{name, rv}
	}
	return nil
}

// seat opens a session with the token named in q, or gives the one that is open.
func (c *cryptoki) seat(q request) (s *seat, fresh bool, err error) {
	name := q.Token + "\x00" + q.Serial
	if s := c.seats[name]; s != nil {
		return s, false, nil
	}
	var n ulong
	if err := c.call("C_GetSlotList", fnGetSlotList, 1, 0, uintptr(unsafe.Pointer(&n))); err != nil {
		return nil, true, err
	}
	slots := make([]ulong, n+1)
	if err := c.call("C_GetSlotList", fnGetSlotList, 1, uintptr(unsafe.Pointer(&slots[0])), uintptr(unsafe.Pointer(&n))); err != nil {
		return nil, true, err
	}
	for _, slot := range slots[:n] {
		t := new(tokenInfo)
		if c.call("C_GetTokenInfo", fnGetTokenInfo, uintptr(slot), uintptr(unsafe.Pointer(t))) != nil || t.flags&ckfTokenSet == 0 ||
			q.Token != "" && padded(t.label[:]) != q.Token || q.Serial != "" && padded(t.serial[:]) != q.Serial {
			continue
		}
		s := &seat{flags: t.flags}
		if err := c.call("C_OpenSession", fnOpenSession, uintptr(slot), ckfSerialSession, 0, 0, uintptr(unsafe.Pointer(&s.session))); err != nil {
			return nil, true, err
		}
		c.seats[name] = s
		return s, true, nil
	}
	return nil, true, fmt.Errorf("token %q %q: %w", q.Token, q.Serial, ErrToken)
}

func padded(b []byte) string { return strings.TrimRight(string(b), " \x00") }

// leave drops a session that no longer works.
func (c *cryptoki) leave(q request) {
	name := q.Token + "\x00" + q.Serial
	if s := c.seats[name]; s != nil {
		_ = c.call("C_CloseSession", fnCloseSession, uintptr(s.session)) // it is broken
		delete(c.seats, name)
	}
}

// login logs in once. The last try is not ours: a token that is locked is lost.
func (c *cryptoki) login(s *seat, pin string) error {
	if s.loggedIn || s.flags&ckfLoginRequired == 0 {
		return nil
	}
	if s.flags&(ckfPINLocked|ckfPINFinalTry) != 0 {
		return ErrLocked
	}
	err := c.authenticate(s, ckuUser, pin)
	if err != nil && rvOf(err) != ckAlreadyLoggedIn {
		return err
	}
	s.loggedIn = true
	return nil
}

func (c *cryptoki) authenticate(s *seat, user uintptr, pin string) error {
	b := append([]byte(pin), 0)
	return c.call("C_Login", fnLogin, uintptr(s.session), user, uintptr(unsafe.Pointer(&b[0])), uintptr(len(pin)))
}

// find returns the objects of a class that have the label and the id, where those are
// not empty.
func (c *cryptoki) find(s *seat, class ulong, label string, id []byte) (out []ulong, err error) {
	template := []attribute{{ckaClass, unsafe.Pointer(&class), ulong(unsafe.Sizeof(class))}}
	if label != "" {
		b := []byte(label)
		template = append(template, attribute{ckaLabel, unsafe.Pointer(&b[0]), ulong(len(b))})
	}
	if len(id) > 0 {
		template = append(template, attribute{ckaID, unsafe.Pointer(&id[0]), ulong(len(id))})
	}
	err = c.call("C_FindObjectsInit", fnFindObjectsInit, uintptr(s.session), uintptr(unsafe.Pointer(&template[0])), uintptr(len(template)))
	if err != nil {
		return nil, err
	}
	for {
		handles, n := new([32]ulong), new(ulong)
		if err = c.call("C_FindObjects", fnFindObjects, uintptr(s.session), uintptr(unsafe.Pointer(handles)), uintptr(len(handles)), uintptr(unsafe.Pointer(n))); err != nil || *n == 0 {
			break
		}
		out = append(out, handles[:*n]...)
	}
	runtime.KeepAlive(template)
	if end := c.call("C_FindObjectsFinal", fnFindObjectsFinal, uintptr(s.session)); err == nil {
		err = end
	}
	return out, err
}

// attribute reads one; nil if the object has none.
func (c *cryptoki) attribute(s *seat, object, kind ulong) ([]byte, error) {
	a := []attribute{{kind: kind}}
	get := func() error {
		return c.call("C_GetAttributeValue", fnGetAttributeValue, uintptr(s.session), uintptr(object), uintptr(unsafe.Pointer(&a[0])), 1)
	}
	if err := get(); err != nil || a[0].size == 0 || a[0].size > maxFrame {
		return nil, err
	}
	b := make([]byte, a[0].size)
	a[0].value = unsafe.Pointer(&b[0])
	if err := get(); err != nil {
		return nil, err
	}
	return b[:a[0].size], nil
}

// certificates reads the certificates of the token.
func (c *cryptoki) certificates(s *seat, q request) (out []found, err error) {
	if q.PIN != "" { // some tokens show nothing to strangers
		if err := c.login(s, q.PIN); err != nil {
			return nil, err
		}
	}
	objects, err := c.find(s, ckoCertificate, "", nil)
	if err != nil {
		return nil, err
	}
	for _, o := range objects {
		var f found
		var label, id []byte
		if f.DER, err = c.attribute(s, o, ckaValue); err != nil {
			return nil, err
		}
		if label, err = c.attribute(s, o, ckaLabel); err == nil {
			id, err = c.attribute(s, o, ckaID)
		}
		if err != nil {
			return nil, err
		}
		f.Label, f.ID = string(bytes.TrimRight(label, "\x00")), hex.EncodeToString(id)
		out = append(out, f)
	}
	return out, nil
}

// sign signs q.Data with the private key of that label and id.
func (c *cryptoki) sign(s *seat, q request) ([]byte, error) {
	if err := c.login(s, q.PIN); err != nil {
		return nil, err
	}
	id, err := hex.DecodeString(q.ID)
	if err != nil || len(q.Data) == 0 {
		return nil, fmt.Errorf("key %q %q: %w", q.Label, q.ID, ErrKey)
	}
	keys, err := c.find(s, ckoPrivateKey, q.Label, id)
	if err != nil {
		return nil, err
	}
	if len(keys) != 1 {
		return nil, fmt.Errorf("%d private keys named %q %q: %w", len(keys), q.Label, q.ID, ErrKey)
	}
	m := &mechanism{kind: q.Mechanism}
	if err := c.call("C_SignInit", fnSignInit, uintptr(s.session), uintptr(unsafe.Pointer(m)), uintptr(keys[0])); err != nil {
		return nil, err
	}
	// An attribute the token does not know is one the key does not have.
	if always, err := c.attribute(s, keys[0], ckaAlwaysAuthenticate); err == nil && len(always) == 1 && always[0] != 0 {
		if err := c.authenticate(s, ckuContext, q.PIN); err != nil {
			return nil, err
		}
	}
	out, n := make([]byte, 2048), new(ulong)
	*n = ulong(len(out))
	err = c.call("C_Sign", fnSign, uintptr(s.session), uintptr(unsafe.Pointer(&q.Data[0])), uintptr(len(q.Data)), uintptr(unsafe.Pointer(&out[0])), uintptr(unsafe.Pointer(n)))
	if err != nil {
		return nil, err
	}
	return out[:*n], nil
}

// do answers q; a session that was open before and is gone is opened again, once.
func (c *cryptoki) do(q request) (r reply) {
	for {
		s, fresh, err := c.seat(q)
		if err == nil {
			if q.Sign {
				r.Signature, err = c.sign(s, q)
			} else {
				r.Certificates, err = c.certificates(s, q)
			}
		}
		if err == nil {
			return r
		}
		if !isRefusal(err, ErrKey) { // the next one begins anew, with what the token says of itself then
			c.leave(q)
		}
		switch rvOf(err) {
		case ckDeviceError, ckDeviceRemoved, ckTokenNotPresent, ckSessionClosed, ckSessionInvalid, ckNotLoggedIn:
			if !fresh {
				continue
			}
		}
		return refused(err)
	}
}

func isRefusal(err error, f *fault.Error) bool { return refused(err).Fault.Is(f) }
