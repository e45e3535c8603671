#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "commands_report.hpp"
#include "crypto/hash.hpp"
#include "document/document.hpp"
#include "sandbox/child.hpp"
#include "service.hpp"

namespace parley::app {

namespace {

namespace fs = std::filesystem;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const { return number_; }

 private:
  int number_;
};

/// The program that reads HTML and PDF: beside this one.
Result<std::string> reader_program() {
  std::error_code code;
  const fs::path self = fs::read_symlink("/proc/self/exe", code);
  const fs::path program = self.parent_path() / "parley-extract";
  if (code || !fs::exists(program, code))
    return fail(ErrorKind::internal, "the program parley-extract is missing; it belongs beside parley",
                program.string());
  return program.string();
}

Result<Bytes> read_all(int file, std::size_t limit, const std::string& path) {
  Bytes out;
  Bytes buffer(1U << 20U);
  for (;;) {
    const ssize_t count = ::read(file, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      return fail(ErrorKind::bad_input, std::string("cannot be read: ") + std::strerror(errno), path);
    if (count == 0) return out;
    append(out, BytesView(buffer).first(static_cast<std::size_t>(count)));
    if (out.size() > limit)
      return fail(ErrorKind::bad_input, "larger than the limit of " + std::to_string(limit) + " bytes", path);
  }
}

Result<std::string> temporary_file(std::string_view content) {
  std::error_code code;
  const fs::path folder = fs::temp_directory_path(code);
  if (code) return fail(ErrorKind::usage, "there is no folder for temporary files; set TMPDIR to one");
  std::string path = (folder / "parley-report-XXXXXX").string();
  const Descriptor file(::mkstemp(path.data()));
  if (file.get() < 0) return fail(ErrorKind::internal, "cannot make a temporary file", path);
  while (!content.empty()) {
    const ssize_t count = ::write(file.get(), content.data(), content.size());
    if (count <= 0) {
      ::unlink(path.c_str());
      return fail(ErrorKind::internal, "cannot write a temporary file", path);
    }
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  return path;
}

Result<document::Document> read_document(document::Kind kind, const Bytes& bytes, int file,
                                         const std::string& path) {
  const auto named = [&](Error error) {
    if (error.where.empty()) error.where = path;
    return std::unexpected<Error>(std::move(error));
  };
  if (kind == document::Kind::text) {
    auto read = document::read_text(bytes);
    if (!read) return named(read.error());
    return read;
  }
  PARLEY_TRY(const std::string program, reader_program());
  if (::lseek(file, 0, SEEK_SET) != 0) return fail(ErrorKind::internal, "cannot be read again", path);
  auto output = sandbox::run_child(program, {std::string(document::kind_name(kind))}, file, {});
  if (!output) return named(output.error());
  auto read = document::parse_document(*output);
  if (!read) return named(read.error());
  return read;
}

}  // namespace

Result<void> read_report(Json& json) {
  const Args args(json);
  PARLEY_TRY(std::string path, args.text("path"));
  std::string source = args.text_or("source", "");
  const bool standard = path == "-";
  if (source.empty()) source = standard ? "stdin" : fs::path(path).filename().string();
  // Not blocking: a named pipe that nobody writes to would wait for ever.
  const Descriptor opened(standard ? ::dup(STDIN_FILENO)
                                   : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (opened.get() < 0)
    return fail(ErrorKind::bad_input, std::string("cannot be read: ") + std::strerror(errno), path);
  struct stat info{};
  if (::fstat(opened.get(), &info) != 0 || S_ISDIR(info.st_mode))
    return fail(ErrorKind::bad_input, "is a folder; a report is one file", path);
  const document::DocumentLimits limits;
  PARLEY_TRY(const Bytes bytes, read_all(opened.get(), limits.max_file_bytes, path));
  document::Kind kind = document::guess_kind(bytes, standard ? source : path);
  if (const std::string format = args.text_or("format", "auto"); format != "auto") {
    const auto wanted = document::parse_kind(format);
    if (!wanted) return fail(ErrorKind::usage, "--format: auto, text, html or pdf");
    kind = *wanted;
  }
  document::Document read;
  if (S_ISREG(info.st_mode) || kind == document::Kind::text) {
    PARLEY_TRY(read, read_document(kind, bytes, opened.get(), path));
  } else {  // a pipe: the child needs it from the beginning
    PARLEY_TRY(const std::string spooled, temporary_file(as_text(bytes)));
    const Descriptor file(::open(spooled.c_str(), O_RDONLY | O_CLOEXEC));
    ::unlink(spooled.c_str());
    PARLEY_TRY(read, read_document(kind, bytes, file.get(), path));
  }
  PARLEY_TRY(std::string document, temporary_file(document::write_document(read)));
  json.set("document", std::move(document));
  json.set("source", source);
  json.set("kind", document::kind_name(kind));
  json.set("sha256", to_hex(crypto::sha256(bytes)));
  json.set("bytes", bytes.size());
  return {};
}

}  // namespace parley::app
