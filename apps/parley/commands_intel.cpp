#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "encoding/json_text.hpp"
#include "exchange/cursor.hpp"
#include "exchange/importing.hpp"
#include "exchange/object_facts.hpp"
#include "intel/refang.hpp"
#include "policy/handling.hpp"
#include "review/text_list.hpp"
#include "service.hpp"
#include "state/store.hpp"

namespace parley::app {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t chunk_bytes = 1U << 20;
constexpr std::size_t max_text_bytes = 64U << 20;

/// One file to read: what it is called, where it lies, how large it is; or why it is not read.
struct InputFile {
  std::string name;
  std::string path;
  std::uint64_t size = 0;
  std::string refused = {};
};

/// The name of a file as text: it becomes a source, and stands in answers. Bytes that are no UTF-8 are
/// written as \xHH.
std::string name_text(const std::string& name) {
  if (encoding::is_utf8(name)) return name;
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80)
      out.push_back(c);
    else
      out += fmt::format("\\x{:02x}", byte);
  }
  return out;
}

/// A folder may come from anybody: what a link in it leads to outside is not part of it.
bool leads_out(const fs::path& file, const fs::path& folder) {
  std::error_code code;
  const fs::path target = fs::canonical(file, code);
  if (code) return false;  // said when it is opened
  const fs::path root = fs::canonical(folder, code);
  return !code && !target.lexically_relative(root).empty() &&
         *target.lexically_relative(root).begin() == "..";
}

void add_folder(const fs::path& folder, std::vector<InputFile>& files) {
  const std::size_t first = files.size();
  const auto add = [&](const fs::path& path, std::string refused) {
    std::error_code code;
    const std::uintmax_t size = refused.empty() ? fs::file_size(path, code) : 0;
    files.push_back({name_text(path.lexically_relative(folder.parent_path()).string()), path.string(),
                     code ? 0 : size, std::move(refused)});
  };
  std::vector<fs::path> open{folder};
  while (!open.empty()) {
    const fs::path here = std::move(open.back());
    open.pop_back();
    std::error_code code;
    for (auto next = fs::directory_iterator(here, code); !code && next != fs::directory_iterator();
         next.increment(code)) {
      std::error_code ignored;
      if (next->is_directory(ignored) && !next->is_symlink(ignored)) {
        open.push_back(next->path());
        continue;
      }
      if (next->path().filename().string().starts_with('.')) continue;
      if (!next->is_regular_file(ignored)) continue;
      const bool out = next->is_symlink(ignored) && leads_out(next->path(), folder);
      add(next->path(), out ? "a link that leads out of the folder; name the file itself" : "");
    }
    if (code) add(here, "the folder cannot be read: " + code.message());
  }
  std::sort(files.begin() + static_cast<std::ptrdiff_t>(first), files.end(),
            [](const InputFile& a, const InputFile& b) { return a.path < b.path; });
}

Result<std::vector<InputFile>> input_files(const std::vector<std::string>& paths, const std::string& source) {
  std::vector<InputFile> files;
  for (const std::string& path : paths) {
    std::error_code code;
    if (fs::is_directory(path, code)) {
      add_folder(fs::path(path).has_filename() ? fs::path(path) : fs::path(path).parent_path(), files);
      continue;
    }
    const std::uintmax_t size = fs::file_size(path, code);
    files.push_back({name_text(fs::path(path).filename().string()), path, code ? 0 : size});
  }
  if (files.empty()) return fail(ErrorKind::bad_input, "there is no file in what was named");
  if (!source.empty())
    for (InputFile& file : files) file.name = files.size() == 1 ? source : source + "/" + file.name;
  return files;
}

/// `parley import` in steps of one chunk, so that a running node goes on serving.
class ImportJob {
 public:
  ImportJob(Service& service, exchange::Import import, std::vector<InputFile> files, std::FILE* rejects,
            Service::Reply reply, bool as_text)
      : service_(service),
        import_(std::move(import)),
        files_(std::move(files)),
        rejects_(rejects),
        as_text_(as_text),
        reply_(std::move(reply)),
        buffer_(chunk_bytes),
        started_(service.home().clock().now()) {
    for (const InputFile& file : files_) total_ += file.size;
  }
  ~ImportJob() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (rejects_ != nullptr) std::fclose(rejects_);
  }
  ImportJob(const ImportJob&) = delete;
  ImportJob& operator=(const ImportJob&) = delete;

  Result<std::optional<Json>> step() {
    if (descriptor_ < 0) {
      if (next_ == files_.size()) return finish();
      return open_next();
    }
    const ssize_t count = ::read(descriptor_, buffer_.data(), buffer_.size());
    if (count < 0 && errno == EINTR) return std::optional<Json>();
    if (count > 0) {
      const BytesView more(buffer_.data(), static_cast<std::size_t>(count));
      if (as_text_) {
        append(text_, more);
        if (text_.size() > max_text_bytes)
          return fail(ErrorKind::bad_input, "the text is longer than 64 MiB");
      } else {
        PARLEY_CHECK(import_.feed(more));
      }
      done_ += static_cast<std::uint64_t>(count);
      reply_->progress("reading " + files_[next_ - 1].name, done_, total_);
      return std::optional<Json>();
    }
    const int error = errno;
    ::close(descriptor_);
    descriptor_ = -1;
    if (as_text_) PARLEY_CHECK(feed_text());
    PARLEY_CHECK(import_.end_file());
    if (count < 0) import_.count_unreadable(files_[next_ - 1].name, std::strerror(error));
    return std::optional<Json>();
  }

 private:
  Result<std::optional<Json>> open_next() {
    const InputFile& file = files_[next_++];
    if (!file.refused.empty()) {
      import_.count_unreadable(file.name, file.refused);
      return std::optional<Json>();
    }
    struct stat info{};
    // Not blocking: a named pipe that nobody writes to would hold the node for ever.
    const int descriptor = ::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
      import_.count_unreadable(file.name, std::string("cannot be opened: ") + std::strerror(errno));
      return std::optional<Json>();
    }
    if (::fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
      ::close(descriptor);
      import_.count_unreadable(file.name, "is no file that can be read");
      return std::optional<Json>();
    }
    PARLEY_CHECK(import_.begin_file(file.name, file.path));
    descriptor_ = descriptor;
    return std::optional<Json>();
  }

  /// Running text goes on as the list of the values in it.
  Result<void> feed_text() {
    const Bytes text = std::exchange(text_, Bytes());
    const auto list = review::list_of_text(text);
    if (!list) {
      import_.count_unreadable(files_[next_ - 1].name, list.error().message);
      return {};
    }
    for (const auto& [reason, count] : list->held_back) held_in_text_[reason] += count;
    return import_.feed(as_bytes(list->list));
  }

  Result<std::optional<Json>> finish() {
    PARLEY_TRY(exchange::ImportReport report, import_.finish());
    if (rejects_ != nullptr && std::fflush(rejects_) != 0)
      return fail(ErrorKind::internal, "cannot write the rejects");
    Json output = report.to_json();
    const auto spent = service_.home().clock().now() - started_;
    output.set("seconds", static_cast<double>(spent.count()) / 1e6);
    if (as_text_) {
      Json held = Json::object();
      for (const auto& [reason, count] : held_in_text_) held.set(reason, count);
      output.set("held_back_in_text", std::move(held));
    }
    // An empty bundle was read, and holds nothing; of an empty file nothing was.
    const bool nothing = report.rejected > 0 ? report.nothing_readable() : report.found == 0 && done_ == 0;
    if (nothing && report.rejected == 0) output.set("why", "nothing was read: the input is empty");
    return std::optional<Json>(answer_json({std::move(output), nothing ? 3 : 0}));
  }

  Service& service_;
  exchange::Import import_;
  std::vector<InputFile> files_;
  std::FILE* rejects_;
  bool as_text_;
  Bytes text_;
  std::map<std::string, std::uint64_t> held_in_text_;
  Service::Reply reply_;
  Bytes buffer_;
  Timestamp started_;
  std::size_t next_ = 0;
  int descriptor_ = -1;
  std::uint64_t done_ = 0, total_ = 0;
};

Result<std::shared_ptr<ImportJob>> make_import(Service& service, const Args& args, Service::Reply reply) {
  exchange::ImportOptions options;
  const bool as_text = args.text_or("format", "") == "text";
  const auto format = intel::parse_input_format(as_text ? "list" : args.text_or("format", "auto"));
  if (!format) return fail(ErrorKind::usage, "--format: auto, stix, misp, csv, list or text");
  options.format = *format;
  options.convert_stix20 = true;
  if (args.has("tlp")) {
    options.tlp = intel::parse_tlp(args.text_or("tlp", ""));
    if (!options.tlp) return fail(ErrorKind::usage, "--tlp: clear, green, amber, amber+strict or red");
  }
  options.open_case = args.text_or("open_case", "");
  options.unpublished = args.flag("unpublished");
  options.published = args.flag("published");
  if (options.unpublished && options.published)
    return fail(ErrorKind::usage, "--published or --unpublished, not both");
  options.labels = args.list("labels");
  PARLEY_TRY(std::vector<InputFile> files, input_files(args.list("paths"), args.text_or("source", "")));
  PARLEY_TRY(const intel::WarninglistSet* lists, service.home().warninglists());
  std::FILE* rejects = nullptr;
  exchange::Import::RejectSink sink;
  if (args.has("rejects")) {
    const std::string path = args.text_or("rejects", "");
    for (const InputFile& file : files)
      if (std::error_code ignored; fs::equivalent(path, file.path, ignored))
        return fail(ErrorKind::usage, "--rejects would write over what is to be read", path);
    // For this user alone: it holds values, whatever their marking.
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0600);
    struct stat info{};
    const bool is_ours = file >= 0 && ::fstat(file, &info) == 0 &&
                         (!S_ISREG(info.st_mode) || ::fchmod(file, 0600) == 0);  // one that was there already
    if (is_ours) rejects = ::fdopen(file, "w");
    if (rejects == nullptr)
      return fail(ErrorKind::bad_input, std::string("cannot write: ") + std::strerror(errno), path);
    sink = [rejects](const exchange::ImportReject& reject) {
      Json line = Json::object({{"where", reject.where}, {"why", reject.why}});
      if (!reject.held_back.empty()) line.set("held_back", reject.held_back);
      const std::string text = encoding::write_json(line) + "\n";
      std::fwrite(text.data(), 1, text.size(), rejects);
    };
  }
  exchange::Import import(service.node(), std::move(options), *lists, std::move(sink));
  if (service.is_alone()) import.take_store_alone();
  return std::make_shared<ImportJob>(service, std::move(import), std::move(files), rejects, std::move(reply),
                                     as_text);
}

void import_files(Service& service, const Args& args, const Service::Reply& reply) {
  auto job = make_import(service, args, reply);
  if (!job) return reply->error(job.error());
  net::run_job(service.loop(), reply, [job = *job] { return job->step(); });
}

/// Selectors a page: an answer is one JSON object in memory, on the node thread.
constexpr std::uint64_t default_selectors = 10'000;
constexpr std::uint64_t max_selectors = 100'000;

/// What `selector_text` wrote, which is in canonical form already.
Result<intel::Selector> parse_selector_text(const std::string& text) {
  for (std::size_t colon = text.find(':'); colon != std::string::npos; colon = text.find(':', colon + 1))
    if (const auto type = intel::parse_selector_type(text.substr(0, colon)))
      if (intel::type_name(*type) == text.substr(0, colon))
        return intel::Selector{*type, text.substr(colon + 1)};
  return fail(ErrorKind::usage, "the cursor names no selector");
}

Result<Answer> selectors(Service& service, const Args& args) {
  std::vector<intel::SelectorType> types;
  std::string filter = "selectors:";
  for (const std::string& name : args.list("types")) {
    const auto type = intel::parse_selector_type(name);
    if (!type) return fail(ErrorKind::usage, "--types: there is no selector type \"" + name + "\"");
    types.push_back(*type);
    filter += name + ",";
  }
  PARLEY_TRY(auto reader, service.node().store().snapshot());
  if (types.empty()) {
    PARLEY_TRY(auto counts, reader->count_selectors());
    for (const auto& count : counts) types.push_back(count.type);
  }
  std::sort(types.begin(), types.end());
  types.erase(std::unique(types.begin(), types.end()), types.end());
  PARLEY_TRY(const std::string after,
             exchange::read_cursor(service.node(), args.text_or("cursor", ""), filter));
  std::optional<intel::Selector> begin;
  if (!after.empty()) {
    PARLEY_TRY(begin, parse_selector_text(after));
  }
  const std::uint64_t limit =
      std::clamp<std::uint64_t>(args.number("limit").value_or(default_selectors), 1, max_selectors);
  Json list = Json::array();
  std::string last;
  bool more = false;
  const auto visit = [&](const state::SelectorSummary& summary) {
    more = list.size() >= limit;
    if (more) return false;
    list.push_back(
        Json::object({{"type", intel::type_name(summary.selector.type)}, {"value", summary.selector.value}}));
    last = exchange::selector_text(summary.selector);
    return true;
  };
  PARLEY_CHECK(reader->for_each_selector(types, visit, begin ? &*begin : nullptr));
  Json output = Json::object({{"selectors", std::move(list)}});
  if (more) output.set("cursor", exchange::make_cursor(service.node(), last, filter));
  return Answer{std::move(output)};
}

}  // namespace

void add_intel_commands(Service::Commands& commands) {
  commands["import"] = import_files;
  commands["selectors"] = immediate(selectors);
}

}  // namespace parley::app
