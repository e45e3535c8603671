#include <unistd.h>

#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <string_view>

#include "document/document.hpp"
#include "document_reader/html.hpp"
#include "document_reader/pdf.hpp"
#include "sandbox/confine.hpp"

// parley-extract html|pdf: a file on standard input, its text on standard output as `write_document` has it.
// Exit 3: the file cannot be read, standard error says why. Everything that the file could influence happens
// confined.
namespace parley {
namespace {

constexpr int exit_bad_input = 3;
constexpr int exit_internal = 5;

int told(std::string_view why, int code) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(why.size()), why.data());
  return code;
}

bool read_all(Bytes& out, std::size_t limit) {
  out.reserve(1U << 20U);
  Bytes buffer(1U << 20U);
  for (;;) {
    const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count < 0) return false;
    if (count == 0) return true;
    append(out, BytesView(buffer).first(static_cast<std::size_t>(count)));
    if (out.size() > limit) return true;  // the reader says so
  }
}

bool write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(STDOUT_FILENO, text.data(), text.size());
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

int run(std::string_view kind) {
  const document::DocumentLimits limits;
  Bytes file;
  if (!read_all(file, limits.max_file_bytes))
    return told("the file cannot be read to its end", exit_bad_input);
  const bool pdf = kind == "pdf";
  if (pdf)
    document::prepare_pdf();
  else
    document::prepare_html(file);
  if (const auto confined = sandbox::confine({}); !confined)
    return told(confined.error().message, exit_internal);
  const auto read = pdf ? document::read_pdf(file, limits) : document::read_html(file, limits);
  if (!read) return told(read.error().text(), exit_bad_input);
  return write_all(document::write_document(*read)) ? 0 : exit_internal;
}

}  // namespace
}  // namespace parley

int main(int argc, char** argv) {
  const std::string_view kind = argc == 2 ? argv[1] : "";
  if (kind != "html" && kind != "pdf")
    return parley::told("parley-extract is run by parley, with html or pdf and a file on standard input", 2);
  int code = 0;
  try {
    code = parley::run(kind);
  } catch (const std::bad_alloc&) {
    code = parley::told("the file needs more memory than reading one may take", parley::exit_bad_input);
  } catch (const std::exception&) {
    code = parley::told("the file is damaged", parley::exit_bad_input);
  }
  ::_exit(code);  // libraries close files and free what is gone anyway
}
