#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "exchange/exporting.hpp"
#include "exchange/peers.hpp"
#include "service.hpp"

namespace parley::app {

namespace {

/// A file that takes its name only when it is whole; until then it is NAME.part, for this user alone.
class PartFile {
 public:
  explicit PartFile(std::string path) : path_(std::move(path)), part_(path_ + ".part") {}
  PartFile(PartFile&& other) noexcept
      : path_(std::move(other.path_)),
        part_(std::move(other.part_)),
        descriptor_(std::exchange(other.descriptor_, -1)) {}
  PartFile& operator=(PartFile&&) = delete;
  ~PartFile() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    ::unlink(part_.c_str());
  }

  Result<void> open() {
    descriptor_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor_ < 0 || ::fchmod(descriptor_, 0600) != 0) return failed("cannot be written");
    return {};
  }
  Result<void> write(BytesView bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return failed("cannot be written");
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
  }
  Result<void> sync() { return ::fsync(descriptor_) == 0 ? Result<void>{} : failed("cannot be written"); }
  Result<void> take_name() {
    if (::rename(part_.c_str(), path_.c_str()) != 0) return failed("cannot take its name");
    ::close(std::exchange(descriptor_, -1));
    return {};
  }
  const std::string& path() const { return path_; }

 private:
  Result<void> failed(const char* what) const {
    return fail(ErrorKind::bad_input, std::string(what) + ": " + std::strerror(errno), path_);
  }
  std::string path_;
  std::string part_;
  int descriptor_ = -1;
};

/// `parley export` in steps, so that a running node goes on serving.
class ExportJob {
 public:
  ExportJob(Service& service, exchange::Export from, PartFile file, Service::Reply reply)
      : service_(service),
        export_(std::move(from)),
        file_(std::move(file)),
        reply_(std::move(reply)),
        started_(service.home().clock().now()) {}

  Result<std::optional<Json>> step() {
    PARLEY_TRY(std::optional<exchange::Cleared<Bytes>> piece, export_.next());
    if (piece) {
      PARLEY_CHECK(file_.write(std::move(*piece).release()));
      reply_->progress("writing", export_.done(), export_.total());
      return std::optional<Json>();
    }
    // On the disk, then in the ledger, then under its name: what is found under it stands in the ledger.
    PARLEY_CHECK(file_.sync());
    PARLEY_TRY(const exchange::ExportReport report, export_.finish());
    PARLEY_CHECK(file_.take_name());
    Json output = report.to_json();
    output.set("file", file_.path());
    const auto spent = service_.home().clock().now() - started_;
    output.set("seconds", static_cast<double>(spent.count()) / 1e6);
    return std::optional<Json>(answer_json({std::move(output), 0}));
  }

 private:
  Service& service_;
  exchange::Export export_;
  PartFile file_;
  Service::Reply reply_;
  Timestamp started_;
};

Result<std::shared_ptr<ExportJob>> make_job(Service& service, const Args& args, const Service::Reply& reply) {
  exchange::ExportQuestion question;
  const auto format = exchange::parse_export_format(args.text_or("format", ""));
  if (!format) return fail(ErrorKind::usage, "--format: stix, csv or misp");
  question.format = *format;
  question.types = args.list("types");
  question.peer = args.text_or("to", "");
  if (args.has("to")) PARLEY_CHECK(exchange::find_peer(service.node(), question.peer));
  question.agreement = args.text_or("agreement", "");
  question.purpose = args.text_or("purpose", "");
  PARLEY_TRY(std::string path, args.text("out"));
  PARLEY_TRY(exchange::Export from, exchange::Export::begin(service.node(), std::move(question)));
  PartFile file(std::move(path));
  PARLEY_CHECK(file.open());
  return std::make_shared<ExportJob>(service, std::move(from), std::move(file), reply);
}

void export_files(Service& service, const Args& args, const Service::Reply& reply) {
  auto job = make_job(service, args, reply);
  if (!job) return reply->error(job.error());
  net::run_job(service.loop(), reply, [job = *job] { return job->step(); });
}

}  // namespace

void add_export_commands(Service::Commands& commands) {
  commands["export"] = export_files;
}

}  // namespace parley::app
