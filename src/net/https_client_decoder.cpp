#include "net/https_client_decoder.hpp"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>

namespace parley::net {

namespace {

constexpr std::size_t step_bytes = std::size_t{64} * 1024;
// 8 MiB (RFC 8878 section 3.1.1.1.2): a frame may otherwise ask for as much memory as it likes.
constexpr int max_zstd_window_log = 23;
constexpr std::string_view frame_magic = "\x28\xb5\x2f\xfd";  // section 3.1.1

std::unexpected<Error> too_long(std::size_t limit) {
  return std::unexpected<Error>(Error{ErrorKind::bad_input,
                                      "the body decodes to more than " + std::to_string(limit) + " bytes",
                                      {},
                                      {"answer-too-large"}});
}

Result<void> keep(std::string& out, std::string_view more, std::size_t limit) {
  if (more.size() > limit - std::min(limit, out.size())) return too_long(limit);
  out.append(more);
  return {};
}

}  // namespace

struct BodyDecoder::Codec {
  virtual ~Codec() = default;
  virtual Result<void> feed(std::string_view bytes, std::string& out, std::size_t limit) = 0;
  virtual Result<void> finish() const = 0;
};

namespace {

struct Identity final : BodyDecoder::Codec {
  Result<void> feed(std::string_view bytes, std::string& out, std::size_t limit) override {
    return keep(out, bytes, limit);
  }
  Result<void> finish() const override { return {}; }
};

class Zlib final : public BodyDecoder::Codec {
 public:
  explicit Zlib(bool gzip) : gzip_(gzip) {}
  ~Zlib() override {
    if (ready_) inflateEnd(&stream_);
  }
  Zlib(const Zlib&) = delete;
  Zlib& operator=(const Zlib&) = delete;

  Result<void> feed(std::string_view bytes, std::string& out, std::size_t limit) override {
    if (bytes.empty()) return {};
    if (!ready_) PARLEY_CHECK(begin(bytes));
    if (ended_) return fail(ErrorKind::bad_input, "bytes behind the end of the compressed body");
    // zlib's interface takes a pointer that it does not write to.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    std::array<char, step_bytes> step;
    while (stream_.avail_in > 0 || stream_.avail_out == 0) {
      stream_.next_out = reinterpret_cast<Bytef*>(step.data());
      stream_.avail_out = static_cast<uInt>(step.size());
      const int state = inflate(&stream_, Z_NO_FLUSH);
      PARLEY_CHECK(keep(out, std::string_view(step.data(), step.size() - stream_.avail_out), limit));
      if (state == Z_STREAM_END) {
        ended_ = true;
        if (stream_.avail_in > 0)
          return fail(ErrorKind::bad_input, "bytes behind the end of the compressed body");
        break;
      }
      if (state == Z_BUF_ERROR) break;  // it needs more input
      if (state != Z_OK) return fail(ErrorKind::bad_input, "the compressed body is damaged");
    }
    return {};
  }
  Result<void> finish() const override {
    if (ready_ && !ended_) return fail(ErrorKind::bad_input, "the compressed body ends too early");
    return {};
  }

 private:
  Result<void> begin(std::string_view bytes) {
    int bits = 15 + 16;  // gzip alone
    if (!gzip_) {
      // "deflate" is the zlib format; some servers send it without its header, whose first byte says 8 in its
      // low half (RFC 1950 section 2.2).
      const bool header = (static_cast<unsigned char>(bytes.front()) & 0x0f) == 8;
      bits = header ? 15 : -15;
    }
    if (inflateInit2(&stream_, bits) != Z_OK) return fail(ErrorKind::internal, "zlib cannot be started");
    ready_ = true;
    return {};
  }

  bool gzip_;
  bool ready_ = false;
  bool ended_ = false;
  z_stream stream_{};
};

struct FreeZstd {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

class Zstd final : public BodyDecoder::Codec {
 public:
  Zstd() : context_(ZSTD_createDCtx()) {
    if (context_) ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, max_zstd_window_log);
  }
  Result<void> feed(std::string_view bytes, std::string& out, std::size_t limit) override {
    if (!context_) return fail(ErrorKind::internal, "zstd cannot be started");
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    std::array<char, step_bytes> step;
    bool full = false;
    while (in.pos < in.size || full) {
      // libzstd still reads the formats of before 2016, with decoders that nobody looks at any more.
      for (std::size_t i = frame_bytes_; i < frame_magic.size() && in.pos + (i - frame_bytes_) < in.size; ++i)
        if (bytes[in.pos + (i - frame_bytes_)] != frame_magic[i])
          return fail(ErrorKind::bad_input, "the compressed body is damaged");
      ZSTD_outBuffer space{step.data(), step.size(), 0};
      const std::size_t before = in.pos;
      left_ = ZSTD_decompressStream(context_.get(), &space, &in);
      frame_bytes_ = left_ == 0 ? 0 : frame_bytes_ + (in.pos - before);
      if (ZSTD_isError(left_) != 0) return fail(ErrorKind::bad_input, "the compressed body is damaged");
      PARLEY_CHECK(keep(out, std::string_view(step.data(), space.pos), limit));
      full = left_ != 0 && space.pos == space.size;
    }
    return {};
  }
  Result<void> finish() const override {
    if (left_ != 0) return fail(ErrorKind::bad_input, "the compressed body ends too early");
    return {};
  }

 private:
  std::unique_ptr<ZSTD_DCtx, FreeZstd> context_;
  std::size_t left_ = 0;
  std::size_t frame_bytes_ = 0;  // taken of the frame that is being read
};

}  // namespace

BodyDecoder::BodyDecoder(std::unique_ptr<Codec> codec) : codec_(std::move(codec)) {}
BodyDecoder::BodyDecoder(BodyDecoder&&) noexcept = default;
BodyDecoder& BodyDecoder::operator=(BodyDecoder&&) noexcept = default;
BodyDecoder::~BodyDecoder() = default;

Result<BodyDecoder> BodyDecoder::make(std::string_view coding) {
  std::string name(coding);
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (name.empty() || name == "identity") return BodyDecoder(std::make_unique<Identity>());
  if (name == "gzip" || name == "x-gzip") return BodyDecoder(std::make_unique<Zlib>(true));
  if (name == "deflate") return BodyDecoder(std::make_unique<Zlib>(false));
  if (name == "zstd") return BodyDecoder(std::make_unique<Zstd>());
  return fail(ErrorKind::bad_input, "the content coding \"" + name.substr(0, 40) + "\" is not known here");
}

Result<void> BodyDecoder::feed(std::string_view bytes, std::string& out, std::size_t limit) {
  return codec_->feed(bytes, out, limit);
}

Result<void> BodyDecoder::finish() const {
  return codec_->finish();
}

}  // namespace parley::net
