package web

import (
	"errors"
	"fmt"
	"mime"
	"mime/multipart"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/vn"
)

// FormLimit is the largest form that is read. Files are uploaded by other means.
const FormLimit = 1 << 20

// Refusals of a form as a whole.
var (
	ErrForm   = fault.New(fault.Invalid, "web.form", "Biểu mẫu không đọc được. Hãy tải lại trang và nhập lại.")
	ErrBig    = fault.New(fault.Invalid, "web.form_size", "Biểu mẫu quá lớn. Hãy rút ngắn nội dung rồi gửi lại.")
	ErrFields = fault.New(fault.Invalid, "web.fields", "Có ô nhập chưa đúng. Hãy sửa rồi gửi lại.")
)

// Form fills the fields of *in that have a form tag from the query and the body.
//
// Text comes out in NFC and trimmed: on one line with single spaces, unless the
// tag says form:"text,lines". What does not read as a number or as a day is named
// in the refusal, so that the page can show it beside the input.
func Form(r *http.Request, in any) error {
	if r.Body != nil {
		r.Body = http.MaxBytesReader(nil, r.Body, FormLimit)
	}
	err := r.ParseForm()
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && kind == "multipart/form-data" {
		err = r.ParseMultipartForm(FormLimit)
	}
	if _, big := errors.AsType[*http.MaxBytesError](err); big || errors.Is(err, multipart.ErrMessageTooLarge) {
		return ErrBig
	} else if err != nil {
		return ErrForm
	}
	var wrong fault.Check
	if err := fill(r, reflect.ValueOf(in).Elem(), &wrong); err != nil {
		return err
	}
	return wrong.Err(ErrFields)
}

func fill(r *http.Request, v reflect.Value, wrong *fault.Check) error {
	for i := range v.NumField() {
		f := v.Field(i)
		tag, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("form"), ",")
		switch {
		case f.Kind() == reflect.Struct:
			if err := fill(r, f, wrong); err != nil {
				return err
			}
		case tag == "" || !r.Form.Has(tag):
		case f.Kind() == reflect.Slice:
			for _, s := range r.Form[tag] {
				e := reflect.New(f.Type().Elem()).Elem()
				if err := set(e, tag, s, option == "lines", wrong); err != nil {
					return err
				}
				f.Set(reflect.Append(f, e))
			}
		default:
			if err := set(f, tag, r.Form.Get(tag), option == "lines", wrong); err != nil {
				return err
			}
		}
	}
	return nil
}

func set(f reflect.Value, tag, s string, lines bool, wrong *fault.Check) error {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "") // no database keeps either
	if lines {
		s = Lines(s)
	} else {
		s = vn.Clean(s)
	}
	switch {
	case f.Type() == reflect.TypeFor[civil.Date]():
		d, ok := day(s)
		wrong.Need(ok, tag, "Hãy ghi ngày theo dạng ngày/tháng/năm, ví dụ 22/11/2026.")
		f.SetString(string(d))
	case f.Kind() == reflect.String:
		f.SetString(s)
	case f.Kind() == reflect.Bool:
		f.SetBool(s == "on" || s == "true" || s == "1")
	case f.CanInt():
		if s == "" {
			f.SetInt(0)
			return nil
		}
		n, err := strconv.ParseInt(s, 10, f.Type().Bits())
		wrong.Need(err == nil, tag, "Hãy ghi một số nguyên.")
		f.SetInt(n)
	default:
		return fmt.Errorf("web: form field %s of type %s", tag, f.Type())
	}
	return nil
}

// day reads what a date input sends, 2026-11-22, and what people write, 22/11/2026.
func day(s string) (civil.Date, bool) {
	if s == "" {
		return "", true
	}
	if p := strings.Split(s, "/"); len(p) == 3 {
		s = fmt.Sprintf("%04s-%02s-%02s", p[2], p[1], p[0])
	}
	d, err := civil.Parse(s)
	return d, err == nil
}

// Lines is vn.Clean for text of several lines: NFC, no space at the ends of lines,
// no empty lines around it.
func Lines(s string) string {
	s = strings.ReplaceAll(norm.NFC.String(s), "\r\n", "\n")
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t\r")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}
