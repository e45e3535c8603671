// SQLite over a simulated disk: a file layer (VFS) whose files forget and tear what was not synced when the
// power is cut, whose syncs fail, and which fills up. What was acknowledged as synced must be there after
// every cut, and no transaction half.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "log_file/simulated_disk.hpp"
#include "state_sqlite/background_fixture.hpp"
#include "state_sqlite/connection.hpp"
#include "state_sqlite/sqlite_store.hpp"

namespace parley::state_sqlite {
namespace {

using log_file::File;
using log_file::SimulatedDisk;

/// The computer that the store runs on: a disk, and what dies with the power: open files, locks, shared
/// memory.
class Machine {
 public:
  explicit Machine(std::uint64_t seed) : disk_(seed) {
    vfs_.iVersion = 1;
    vfs_.szOsFile = sizeof(Handle);
    vfs_.mxPathname = 512;
    vfs_.zName = name_.c_str();
    vfs_.pAppData = this;
    vfs_.xOpen = open;
    vfs_.xDelete = [](sqlite3_vfs* vfs, const char* path, int) { return machine(vfs).remove(path); };
    vfs_.xAccess = [](sqlite3_vfs* vfs, const char* path, int, int* out) {
      *out = machine(vfs).disk_.has(path) ? 1 : 0;
      return SQLITE_OK;
    };
    vfs_.xFullPathname = [](sqlite3_vfs*, const char* path, int size, char* out) {
      sqlite3_snprintf(size, out, "%s", path);
      return SQLITE_OK;
    };
    vfs_.xRandomness = [](sqlite3_vfs*, int size, char* out) {
      std::memset(out, 7, static_cast<std::size_t>(size));
      return size;
    };
    vfs_.xSleep = [](sqlite3_vfs*, int) { return 0; };
    vfs_.xCurrentTime = [](sqlite3_vfs*, double* out) {
      *out = 2'460'000.5;
      return SQLITE_OK;
    };
    vfs_.xGetLastError = [](sqlite3_vfs*, int, char*) { return 0; };
    sqlite3_vfs_register(&vfs_, 0);
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine() { sqlite3_vfs_unregister(&vfs_); }

  const char* name() const { return name_.c_str(); }
  SimulatedDisk& disk() { return disk_; }
  int& cut_in() { return cut_in_; }
  int boots() const { return boots_; }

  void cut_power() {
    disk_.power_cut();
    memory_.clear();
    locks_.clear();
    ++boots_;
    cut_in_ = -1;
  }

 private:
  struct Locks {
    int shared = 0;
    const void* reserved = nullptr;
    const void* exclusive = nullptr;
  };
  struct SharedMemory {
    std::vector<std::unique_ptr<std::array<char, 32'768>>> regions;
    std::array<int, SQLITE_SHM_NLOCK> shared{};
    std::array<const void*, SQLITE_SHM_NLOCK> exclusive{};
  };
  struct Open {
    Machine* machine;
    std::string path;
    std::unique_ptr<File> file;
    int boot;
    int level = SQLITE_LOCK_NONE;
    std::array<bool, SQLITE_SHM_NLOCK> held{};
  };
  struct Handle {
    sqlite3_file base;
    Open* open;
  };

  static Machine& machine(sqlite3_vfs* vfs) { return *static_cast<Machine*>(vfs->pAppData); }
  static Open& opened(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file)->open; }

  /// Counts the steps towards the cut; false when the power is off for whoever asks.
  bool is_alive(int boot, bool writes) {
    if (boot != boots_) return false;
    if (writes && cut_in_ >= 0) {
      if (cut_in_ == 0)
        cut_power();
      else
        --cut_in_;
    }
    return boot == boots_;
  }

  int remove(const char* path) {
    disk_.remove(path);
    return SQLITE_OK;
  }

  static int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
    static const sqlite3_io_methods methods = make_methods();
    Machine& self = machine(vfs);
    auto* handle = reinterpret_cast<Handle*>(file);
    handle->base.pMethods = nullptr;
    const auto disk = self.disk_.disk();
    auto node = disk->open(path != nullptr ? path : "temporary");
    // SQLite makes its files durable through the directory when it must; names are not this test's matter.
    if (!node || !disk->sync()) return SQLITE_CANTOPEN;
    handle->open = new Open{&self, path != nullptr ? path : "temporary", std::move(*node), self.boots_};
    handle->base.pMethods = &methods;
    if (out_flags != nullptr) *out_flags = flags;
    return SQLITE_OK;
  }

  static int read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
    Open& self = opened(file);
    if (!self.machine->is_alive(self.boot, false)) return SQLITE_IOERR_READ;
    const std::span<std::uint8_t> bytes(static_cast<std::uint8_t*>(out), static_cast<std::size_t>(size));
    const auto got = self.file->read_at(static_cast<std::uint64_t>(offset), bytes);
    if (!got) return SQLITE_IOERR_READ;
    if (*got == bytes.size()) return SQLITE_OK;
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(*got), bytes.end(), std::uint8_t{0});
    return SQLITE_IOERR_SHORT_READ;
  }
  static int write(sqlite3_file* file, const void* in, int size, sqlite3_int64 offset) {
    Open& self = opened(file);
    if (!self.machine->is_alive(self.boot, true)) return SQLITE_IOERR_WRITE;
    const auto done =
        self.file->write_at(static_cast<std::uint64_t>(offset),
                            {static_cast<const std::uint8_t*>(in), static_cast<std::size_t>(size)});
    if (done) return SQLITE_OK;
    return done.error().message.find("No space") != std::string::npos ? SQLITE_FULL : SQLITE_IOERR_WRITE;
  }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    Open& self = opened(file);
    if (!self.machine->is_alive(self.boot, true)) return SQLITE_IOERR_TRUNCATE;
    return self.file->truncate(static_cast<std::uint64_t>(size)) ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
  }
  static int sync(sqlite3_file* file, int) {
    Open& self = opened(file);
    if (!self.machine->is_alive(self.boot, true)) return SQLITE_IOERR_FSYNC;
    return self.file->sync() ? SQLITE_OK : SQLITE_IOERR_FSYNC;
  }
  static int size(sqlite3_file* file, sqlite3_int64* out) {
    Open& self = opened(file);
    if (!self.machine->is_alive(self.boot, false)) return SQLITE_IOERR_FSTAT;
    const auto size = self.file->size();
    if (!size) return SQLITE_IOERR_FSTAT;
    *out = static_cast<sqlite3_int64>(*size);
    return SQLITE_OK;
  }

  static int lock(sqlite3_file* file, int level) {
    Open& self = opened(file);
    if (!self.machine->is_alive(self.boot, false)) return SQLITE_IOERR_LOCK;
    Locks& locks = self.machine->locks_[self.path];
    if (locks.exclusive != nullptr && locks.exclusive != &self) return SQLITE_BUSY;
    if (level >= SQLITE_LOCK_SHARED && self.level < SQLITE_LOCK_SHARED) ++locks.shared;
    self.level = std::max(self.level, SQLITE_LOCK_SHARED);
    if (level >= SQLITE_LOCK_RESERVED) {
      if (locks.reserved != nullptr && locks.reserved != &self) return SQLITE_BUSY;
      locks.reserved = &self;
      self.level = std::max(self.level, SQLITE_LOCK_RESERVED);
    }
    if (level == SQLITE_LOCK_EXCLUSIVE) {
      if (locks.shared > 1) return SQLITE_BUSY;
      locks.exclusive = &self;
      self.level = SQLITE_LOCK_EXCLUSIVE;
    }
    return SQLITE_OK;
  }
  static int unlock(sqlite3_file* file, int level) {
    Open& self = opened(file);
    if (!self.machine->is_alive(self.boot, false)) return SQLITE_OK;
    Locks& locks = self.machine->locks_[self.path];
    if (locks.exclusive == &self) locks.exclusive = nullptr;
    if (locks.reserved == &self) locks.reserved = nullptr;
    if (level == SQLITE_LOCK_NONE && self.level >= SQLITE_LOCK_SHARED) --locks.shared;
    self.level = std::min(self.level, level);
    return SQLITE_OK;
  }

  static int map_shared(sqlite3_file* file, int index, int size, int extend, void volatile** out) {
    Open& self = opened(file);
    *out = nullptr;
    if (!self.machine->is_alive(self.boot, false) || size != 32'768) return SQLITE_IOERR_SHMMAP;
    auto& regions = self.machine->memory_[self.path].regions;
    while (extend != 0 && regions.size() <= static_cast<std::size_t>(index))
      regions.push_back(std::make_unique<std::array<char, 32'768>>());
    if (regions.size() > static_cast<std::size_t>(index))
      *out = regions[static_cast<std::size_t>(index)]->data();
    return SQLITE_OK;
  }
  static int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
    Open& self = opened(file);
    if (!self.machine->is_alive(self.boot, false)) return SQLITE_IOERR_SHMLOCK;
    SharedMemory& memory = self.machine->memory_[self.path];
    const auto from = static_cast<std::size_t>(offset);
    const std::size_t to = from + static_cast<std::size_t>(count);
    for (std::size_t i = from; i < to; ++i) {
      const bool others = memory.shared[i] > (self.held[i] ? 1 : 0);
      if ((flags & SQLITE_SHM_UNLOCK) != 0) continue;
      if (memory.exclusive[i] != nullptr && memory.exclusive[i] != &self) return SQLITE_BUSY;
      if ((flags & SQLITE_SHM_EXCLUSIVE) != 0 && others) return SQLITE_BUSY;
    }
    for (std::size_t i = from; i < to; ++i) {
      if ((flags & SQLITE_SHM_UNLOCK) != 0) {
        if (memory.exclusive[i] == &self) memory.exclusive[i] = nullptr;
        if (self.held[i]) --memory.shared[i];
        self.held[i] = false;
      } else if ((flags & SQLITE_SHM_EXCLUSIVE) != 0) {
        memory.exclusive[i] = &self;
      } else if (!self.held[i]) {
        self.held[i] = true;
        ++memory.shared[i];
      }
    }
    return SQLITE_OK;
  }

  static sqlite3_io_methods make_methods() {
    sqlite3_io_methods methods{};
    methods.iVersion = 2;
    methods.xClose = [](sqlite3_file* file) {
      unlock(file, SQLITE_LOCK_NONE);
      delete reinterpret_cast<Handle*>(file)->open;
      return SQLITE_OK;
    };
    methods.xRead = read;
    methods.xWrite = write;
    methods.xTruncate = truncate;
    methods.xSync = sync;
    methods.xFileSize = size;
    methods.xLock = lock;
    methods.xUnlock = unlock;
    methods.xCheckReservedLock = [](sqlite3_file* file, int* out) {
      *out = opened(file).machine->locks_[opened(file).path].reserved != nullptr ? 1 : 0;
      return SQLITE_OK;
    };
    methods.xFileControl = [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; };
    methods.xSectorSize = [](sqlite3_file*) { return static_cast<int>(SimulatedDisk::sector); };
    methods.xDeviceCharacteristics = [](sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; };
    methods.xShmMap = map_shared;
    methods.xShmLock = lock_shared;
    methods.xShmBarrier = [](sqlite3_file*) {};
    methods.xShmUnmap = [](sqlite3_file* file, int) {
      Open& self = opened(file);
      if (self.machine->is_alive(self.boot, false)) lock_shared(file, 0, SQLITE_SHM_NLOCK, SQLITE_SHM_UNLOCK);
      return SQLITE_OK;
    };
    return methods;
  }

  std::string name_ = "simulated";
  SimulatedDisk disk_;
  sqlite3_vfs vfs_{};
  std::map<std::string, Locks> locks_;
  std::map<std::string, SharedMemory> memory_;
  int cut_in_ = -1;
  int boots_ = 0;
};

constexpr const char* path = "state.sqlite";
constexpr int parts = 5;

/// Transaction number n: a counter, documents and holdings that all say n. `beside` gets turns in its midst.
Result<void> write_number(state::Store& store, std::int64_t n, state::Durability durability,
                          ChanceBackground* beside) {
  return state::write(store, durability, [&](state::Transaction& t) -> Result<void> {
    PARLEY_TRY(const std::int64_t counted, t.add_counter("n", 1));
    if (counted != n) return fail(ErrorKind::conflict, "the test lost count");
    std::vector<state::NewHolding> holdings(parts);
    for (int i = 0; i < parts; ++i) {
      const std::string id = std::to_string(n) + "." + std::to_string(i);
      PARLEY_CHECK(t.put_document({"parts", id},
                                  as_bytes(std::string(static_cast<std::size_t>(n * 97 % 3000), 'x')),
                                  state::DocumentVersion(0)));
      if (beside != nullptr) beside->turn();
      holdings[static_cast<std::size_t>(i)].selector = {intel::SelectorType::domain_name,
                                                        id + ".example.org"};
    }
    PARLEY_CHECK(t.put_holdings(holdings));
    return {};
  });
}

/// How many transactions the store holds, after checking that it holds each of them whole and no more.
std::int64_t check_whole(const state::Store& store) {
  const auto snapshot = store.snapshot();
  EXPECT_TRUE(snapshot) << snapshot.error().text();
  if (!snapshot) return -1;
  const auto n = (*snapshot)->counter("n");
  EXPECT_TRUE(n) << n.error().text();
  if (!n) return -1;
  for (std::int64_t k = 1; k <= *n; ++k)
    for (int i = 0; i < parts; ++i) {
      const auto document = (*snapshot)->get_document({"parts", std::to_string(k) + "." + std::to_string(i)});
      EXPECT_TRUE(document && *document) << k;
      if (document && *document) {
        EXPECT_EQ((*document)->body.size(), static_cast<std::size_t>(k * 97 % 3000));
      }
    }
  const auto documents = (*snapshot)->list_documents("parts", "", 10'000);
  EXPECT_EQ(documents->size(), static_cast<std::size_t>(*n * parts));
  const auto counts = (*snapshot)->count_selectors();
  EXPECT_TRUE(counts);
  EXPECT_EQ(counts->empty() ? 0U : counts->at(0).holdings, static_cast<std::size_t>(*n * parts));
  return *n;
}

void expect_integrity(const char* vfs) {
  auto connection = Connection::open(path, Connection::Mode::reader, vfs);
  ASSERT_TRUE(connection);
  auto check = (*connection)->prepare("PRAGMA integrity_check");
  ASSERT_TRUE(check);
  ASSERT_TRUE(check->step());
  EXPECT_EQ(check->text(0), "ok");
}

/// The parameter: whether the write-ahead file is copied beside the writer, at moments that chance chooses.
class PowerCut : public testing::TestWithParam<bool> {
 protected:
  static constexpr int lives = 4;

  Options options(const Machine& machine) {
    Options out;
    out.vfs = machine.name();
    out.cache_kib = 256;        // small, so that pages are spilled before the commit
    out.checkpoint_pages = 60;  // often, so that cuts fall into copying too
    if (GetParam()) {
      beside_ = std::make_shared<ChanceBackground>(++opened_);
      out.background = beside_;
    }
    return out;
  }
  Result<void> write(state::Store& store, std::int64_t n, state::Durability durability) {
    return write_number(store, n, durability, beside_.get());
  }

 private:
  std::shared_ptr<ChanceBackground> beside_;
  std::uint64_t opened_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Copying, PowerCut, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "BesideTheWriter" : "ByTheWriter"; });

TEST_P(PowerCut, what_was_acknowledged_is_there_after_every_cut_and_no_transaction_is_half_there) {
  int cuts = 0;
  int lost = 0;
  for (std::uint64_t seed = 0; seed < 80; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Machine machine(seed);
    std::mt19937_64 random(seed);
    std::int64_t synced = 0;
    std::int64_t tried = 0;
    for (int life = 0; life < lives; ++life) {
      machine.cut_in() = static_cast<int>(random() % 400);
      const int boot = machine.boots();
      {
        auto store = open(path, options(machine));
        while (store && machine.boots() == boot) {
          // What is there goes on from there: buffered transactions may be gone.
          const std::int64_t n = check_whole(**store);
          if (n < 0 || machine.boots() != boot) break;
          ASSERT_GE(n, synced);
          std::int64_t next = n;
          while (machine.boots() == boot) {
            const bool sync = random() % 3 == 0;
            tried = std::max(tried, ++next);
            const auto written =
                write(**store, next, sync ? state::Durability::synced : state::Durability::buffered);
            if (!written) break;
            if (sync) synced = next;
          }
          break;
        }
      }
      if (machine.boots() == boot) machine.cut_power();
      ++cuts;
      auto store = open(path, options(machine));
      ASSERT_TRUE(store) << store.error().text();
      const std::int64_t n = check_whole(**store);
      ASSERT_GE(n, synced) << "an acknowledged transaction is gone";
      ASSERT_LE(n, tried);
      if (n < tried) ++lost;
      synced = n;
      tried = n;
      expect_integrity(machine.name());
    }
  }
  EXPECT_EQ(cuts, 80 * lives);
  EXPECT_GT(lost, 50) << "the cuts lose too little to show anything";
}

TEST_P(PowerCut, after_a_failed_sync_nothing_is_taken_until_the_store_is_opened_again) {
  int refused = 0;
  for (std::uint64_t seed = 0; seed < 80; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Machine machine(seed);
    std::mt19937_64 random(seed);
    std::int64_t synced = 0;
    std::int64_t n = 0;
    {
      auto store = open(path, options(machine));
      ASSERT_TRUE(store) << store.error().text();
      machine.disk().faults().fail_sync_in = static_cast<int>(random() % 12);
      for (int i = 0; i < 60; ++i) {
        const bool sync = random() % 3 == 0;
        const auto written =
            write(**store, n + 1, sync ? state::Durability::synced : state::Durability::buffered);
        if (!written) {
          const auto again = (*store)->begin(state::Durability::synced);
          ASSERT_FALSE(again);
          EXPECT_EQ(again.error().kind, ErrorKind::conflict);
          ++refused;
          break;
        }
        ++n;
        if (sync) synced = n;
      }
      // For half of them the power goes too, with whatever was acknowledged beside the failed sync.
      if (seed % 2 == 0) machine.cut_power();
    }
    machine.disk().faults() = {};
    {
      // For the other half it is the same kernel: its memory still shows what the failed sync lost.
      auto store = open(path, options(machine));
      ASSERT_TRUE(store) << store.error().text();
      n = check_whole(**store);
      ASSERT_GE(n, synced);
      ASSERT_TRUE(write(**store, n + 1, state::Durability::synced));
      machine.cut_power();
    }
    auto store = open(path, options(machine));
    ASSERT_TRUE(store) << store.error().text();
    EXPECT_EQ(check_whole(**store), n + 1);
    expect_integrity(machine.name());
  }
  EXPECT_GT(refused, 30);
}

TEST_P(PowerCut, a_full_disk_is_a_clear_error_and_what_was_acknowledged_stays) {
  for (std::uint64_t seed = 0; seed < 25; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Machine machine(seed);
    std::int64_t n = 0;
    {
      auto store = open(path, options(machine));
      ASSERT_TRUE(store) << store.error().text();
      machine.disk().faults().full_at = 100'000 + seed * 7'777;
      for (;;) {
        const auto written = write(**store, n + 1, state::Durability::synced);
        if (!written) {
          EXPECT_THAT(written.error().message, testing::HasSubstr("disk is full"));
          break;
        }
        ++n;
      }
    }
    machine.disk().faults() = {};
    auto store = open(path, options(machine));
    ASSERT_TRUE(store) << store.error().text();
    EXPECT_EQ(check_whole(**store), n);
    EXPECT_TRUE(write(**store, n + 1, state::Durability::synced));
  }
}

}  // namespace
}  // namespace parley::state_sqlite
